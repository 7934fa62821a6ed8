using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>One exit code for each class of failure. They are a contract.</summary>
internal static class ExitCode
{
    public const int Healthy = 0; // or Degraded, or switched off, or a watch that was stopped
    public const int Identity = 1; // no token, or one for another identity
    public const int Nmi = 2; // not running, not active or bypassed
    public const int Configuration = 3; // a flag or a variable is wrong: nothing was checked
    public const int TokenService = 4; // throttled, failing, silent or not a token service
    public const int Internal = 5; // a bug in the probe
    public const int NotRunnable = 126; // exec: the command cannot be run
    public const int NotFound = 127; // exec: there is no such command
    public const int Interrupted = 128 + 2; // a wait that was stopped by SIGINT
    public const int Terminated = 128 + 15; // a wait that was stopped by SIGTERM

    public static int Of(PodIdentityFailureReason? reason) => reason switch
    {
        NmiUnreachable or NmiNotActive or NotIntercepted => Nmi,
        IdentityNotBound or IdentityPending or IdentityNotFound or IdentityAmbiguous or IdentityMismatch or IdentityUnstable => Identity,
        TokenRejected or FederatedTokenUnusable or TokenExpiring or WorkloadIdentityNotInjected => Identity,
        MetadataProxied => Healthy, // it is never more than Degraded
        _ => TokenService,
    };
}
