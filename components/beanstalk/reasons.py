"""What Elastic Beanstalk's refusals and events mean, and what to do."""

from typing import Final

from components import explained
from components.explained import Reason

EVENTS: Final = "aws elasticbeanstalk describe-events --severity WARN --max-items 30 --environment-name"
REASONS: Final = (
    Reason(
        sign="couldn't find resource",
        meaning="the environment ended before it was built, and the provider does not read why",
        remedy=f"the events tell: {EVENTS} NAME; then run 'pulumi up' again",
    ),
    Reason(
        sign="must have instance profile",
        meaning="the instances have no instance profile",
        remedy="run 'pulumi up' again: it was made a moment ago, and AWS takes a while to know it everywhere",
    ),
    Reason(
        sign="instance profile",
        meaning="Elastic Beanstalk does not know the instance profile (yet)",
        remedy="run 'pulumi up' again in a minute: AWS takes a while to know a new one everywhere",
    ),
    Reason(
        sign="is not available",
        meaning="somebody has an environment with this URL",
        remedy="choose another: pulumi config set --path beanstalk.cnamePrefix bookstore-3f9c",
    ),
    Reason(
        sign="already exists",
        meaning="the account has one of this name that this stack did not make",
        remedy="choose another name under beanstalk.environmentName, or delete that one",
    ),
    Reason(
        sign="Must be Ready",
        meaning="the environment is being changed by somebody else, or by a managed update",
        remedy="wait until it is Ready, then: pulumi up --refresh",
    ),
    Reason(
        sign="LoadBalancerType",
        meaning="an environment keeps its kind of load balancer for life",
        remedy="pulumi up --replace '**Environment::environment'; the site is away meanwhile",
    ),
    Reason(
        sign="Following services are not running",
        meaning="the app ended while it was starting; what served before still serves",
        remedy="its own lines tell why: eb logs, or in CloudWatch the group that ends in web.stdout.log",
    ),
    Reason(
        sign="Error occurred during build: Command",
        meaning="the release command failed; what served before still serves",
        remedy="correct app.releaseCommand or what it does; eb logs has its lines (cfn-init-cmd.log)",
    ),
    Reason(
        sign="failed to install application dependencies",
        meaning="the requirements can't be installed; what served before still serves",
        remedy="correct the app's requirements or app.python; eb logs has pip's lines (eb-engine.log)",
    ),
    Reason(
        sign="Target health check failed",
        meaning="the load balancer does not get the answer that it wants; what served before still serves",
        remedy="correct the app, or app.health.path",
    ),
    Reason(
        sign="failed to get one or more secrets",
        meaning="the instances can't read the secrets",
        remedy="run 'pulumi up --refresh': AWS takes a while to know a new policy everywhere",
    ),
    Reason(
        sign="Engine execution has encountered an error",
        meaning="the deployment failed on the instance; what served before still serves",
        remedy="/var/log/eb-engine.log tells why: eb logs",
    ),
    Reason(
        sign="timeout while waiting for state to become 'Ready'",
        meaning="the environment is not ready in time",
        remedy=f"the events tell: {EVENTS} NAME; beanstalk.readyMinutes gives it longer",
    ),
    Reason(
        sign="BucketAlreadyExists",
        meaning="somebody has a bucket of this name",
        remedy="draw another: pulumi up --replace '**RandomId::suffix'",
    ),
    Reason(
        sign="No valid credential sources found",
        meaning="AWS does not know who you are",
        remedy="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    Reason(
        sign="InvalidClientTokenId",
        meaning="the access key is not accepted",
        remedy="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to ones of yours",
    ),
    Reason(
        sign="AccessDenied",
        meaning="you lack a permission, which the message names",
        remedy="docs/targets/beanstalk.md lists what a deployment needs",
    ),
)


def refusal(error: str) -> Reason | None:
    """Return what a failed call means; None when its text explains itself."""
    return explained.first(REASONS, error)
