# How a folder was made: a line for each thing in it, so that a later change can be found, and named.

# listing FOLDER: path, tab, then type, mode, owner and link; of files the content's hash too. Not the marks
# that come later: the listing itself, and what a release has been through.
listing() {
  (
    cd "$1"
    find . -mindepth 1 ! -path './.*' -printf '%p\t%y %m %u:%g %l\n'
    find . -type f ! -path './.*' -exec sha256sum {} + | sed -E 's/^(\\?[0-9a-f]{64})  (.*)$/\2\t\1/'
  ) | LC_ALL=C sort
}

record() { listing "$1" | write_file "$1/.listing" 0644; }

# as_made FOLDER: nobody has changed it since. One from before there were listings is taken as it is now.
as_made() {
  [[ -e $1/.listing ]] || record "$1"
  cmp -s <(listing "$1") "$1/.listing"
}
