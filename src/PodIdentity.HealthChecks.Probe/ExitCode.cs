using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>How a run ends: a number for each class of failure. They are a contract.</summary>
internal static class ExitCode
{
    /// <summary>Healthy, degraded or switched off; and a watch that was told to stop.</summary>
    public const int Healthy = 0;

    /// <summary>The pod gets no token, or one for another identity.</summary>
    public const int Identity = 1;

    /// <summary>NMI is not there, not active, or bypassed.</summary>
    public const int Nmi = 2;

    /// <summary>A flag or a variable is wrong: nothing was asked.</summary>
    public const int Configuration = 3;

    /// <summary>The token service is in trouble: throttled, failing, silent, or not a token service.</summary>
    public const int TokenService = 4;

    /// <summary>The probe itself failed.</summary>
    public const int Internal = 5;

    /// <summary>Told to stop before it was healthy, by SIGINT: 128 + 2.</summary>
    public const int Interrupted = 130;

    /// <summary>Told to stop before it was healthy, by SIGTERM: 128 + 15.</summary>
    public const int Terminated = 143;

    public static int Of(PodIdentityFailureReason? reason) => reason switch
    {
        NmiUnreachable or NmiNotActive or NotIntercepted => Nmi,
        IdentityNotBound or IdentityPending or IdentityNotFound or IdentityAmbiguous or IdentityMismatch or IdentityUnstable => Identity,
        TokenRejected or FederatedTokenUnusable or TokenExpiring => Identity,
        _ => TokenService,
    };
}
