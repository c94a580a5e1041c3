-- For wrk: notes each answer. One connection for each thread, so that an answer belongs to the last request.
-- Arguments: folder for the notes, milliseconds between requests, method, connection (keep-alive or close).
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long seconds; long nanoseconds; } timespec; int clock_gettime(int, timespec *); ]]
local spec = ffi.new("timespec")
local threads = 0

local function now()
  ffi.C.clock_gettime(0, spec)
  return tonumber(spec.seconds) + tonumber(spec.nanoseconds) / 1e9
end

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  notes = assert(io.open(arguments[1] .. "/" .. number, "w"))
  notes:setvbuf("line")
  pause = tonumber(arguments[2])
  wrk.method = arguments[3]
  wrk.headers["Connection"] = arguments[4]
  if wrk.method == "POST" then
    wrk.body = "text=written"
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  end
  text = wrk.format()
end

function delay()
  return pause
end

function request()
  began = now()
  return text
end

function response(status, headers)
  local release = "-"
  for name, value in pairs(headers) do
    if name:lower() == "x-release" then release = value end
  end
  notes:write(string.format("%.6f %.6f %d %s\n", began, now() - began, status, release))
end

function done(summary)
  local errors = summary.errors
  io.write(string.format("errors: connect=%d read=%d write=%d timeout=%d status=%d\n",
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
