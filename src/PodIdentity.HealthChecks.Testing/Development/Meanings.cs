namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>What each value of a switch means, in a line for people.</summary>
internal static class Meanings
{
    public static string Of(NmiState state) => state switch
    {
        NmiState.Active => "NMI is running, and its rules redirect the pod's requests to it.",
        NmiState.NotActive => "NMI is running, but its rules are not in place yet: requests reach IMDS.",
        NmiState.Stopping => "After SIGTERM: its rules are gone, and /healthz still says Active.",
        NmiState.Stopped => "NMI is gone, and so are its rules: requests reach IMDS.",
        _ => "NMI is gone, but its rules are not: every request is refused.",
    };

    public static string Of(IdentityState state) => state switch
    {
        IdentityState.Bound => "The identity is bound to the pod and assigned to its node.",
        IdentityState.Created => "Bound, but not on the node yet: NMI waits 100 s, then says 404.",
        IdentityState.Unbound => "Not bound to the pod: NMI waits 80 s, then says 404.",
        _ => "The identity is deleted: IMDS does not find it when NMI asks.",
    };

    public static string Of(ImdsFault fault) => fault switch
    {
        ImdsFault.None => "IMDS answers.",
        ImdsFault.Throttled => "429: the node asks for too many tokens. NMI retries for 112 s.",
        ImdsFault.NotFound => "404, as during an update of IMDS. NMI retries for 112 s.",
        ImdsFault.Updating => "410, as during an update of IMDS. NMI retries for 112 s.",
        ImdsFault.InternalError => "500. NMI retries for 112 s.",
        ImdsFault.Unavailable => "503. NMI retries for 112 s.",
        ImdsFault.BadGateway => "502. NMI retries for 112 s.",
        ImdsFault.Forbidden => "403: Microsoft Entra ID refuses the identity.",
        ImdsFault.Unauthorized => "401: IMDS does not know who is asking.",
        ImdsFault.Hang => "IMDS accepts the connection and never answers.",
        ImdsFault.Refuse => "IMDS refuses connections. NMI retries for 112 s.",
        ImdsFault.Drop => "Packets to IMDS are lost. NMI retries for 262 s.",
        ImdsFault.Garbage => "200 with something that is not JSON.",
        ImdsFault.Huge => "200 with a token of 10 MiB.",
        ImdsFault.Empty => "200 with an empty body.",
        ImdsFault.NoToken => "200 with JSON that holds no token.",
        ImdsFault.Redirect => "302 to nowhere.",
        ImdsFault.SlowDrip => "200, then a byte a second without end.",
        _ => "200, and the connection breaks halfway through the answer.",
    };

    public static string Of(PodState state) => state switch
    {
        PodState.Known => "NMI knows the pod by its address.",
        PodState.Unknown => "NMI has not heard of the pod: 500 after 1.2 s.",
        _ => "An AzurePodIdentityException covers the pod: it gets the node's identity.",
    };

    public static string Of(NmiMode mode) => mode is NmiMode.Standard
        ? "MIC, AAD Pod Identity's controller, assigns identities. If one is missing, NMI waits for it."
        : "You assign identities by hand. If one is missing, NMI says 404 at once.";

    public static string Of(NmiFlag flag) => flag switch
    {
        NmiFlag.None => "NMI runs without extra flags.",
        NmiFlag.SetRetryAfterHeader => "503 with Retry-After instead of 404.",
        _ => "NMI blocks the pod's requests for instance metadata. Tokens are not affected.",
    };

    public static string Of(LimitState state) => state is LimitState.Off
        ? "IMDS admits every request."
        : "IMDS admits 20 token requests a second and 5 at once, for the whole node.";

    public static string Of(LatencyState state) => state is LatencyState.None
        ? "IMDS answers at once."
        : "IMDS takes 30 s for each token, multiplied by the simulator's TimeScale.";

    public static string Of(TokenState state) => state switch
    {
        TokenState.Full => "New tokens are valid for 24 hours.",
        TokenState.Short => "New tokens are valid for 4 minutes.",
        _ => "New tokens are already expired when issued.",
    };

    public static string Of(NodeIdentityState state) => state is NodeIdentityState.Present
        ? "The node has an identity of its own. IMDS uses it for requests that name none."
        : "The node has no identity of its own.";

    public static string Of(WebhookState state) => state is WebhookState.Injected
        ? "The webhook gave the pod its variables and its service account token."
        : "The webhook missed a new pod: without variables and a token, its credential asks IMDS.";

    public static string Of(FederationState state) => state is FederationState.Present
        ? "The identity trusts the pod's service account."
        : "The identity trusts nobody: Microsoft Entra ID answers 401 (AADSTS70025).";

    public static string Of(EntraFault fault) => fault switch
    {
        EntraFault.None => "Microsoft Entra ID answers.",
        EntraFault.Throttled => "429: there are too many requests (AADSTS90055).",
        EntraFault.Unavailable => "503, as during an outage (AADSTS90033).",
        EntraFault.Hang => "It accepts the connection and never answers.",
        EntraFault.Refuse => "It refuses connections, as if there were no way out of the cluster.",
        EntraFault.Garbage => "200 with something that is not JSON.",
        EntraFault.Empty => "200 with an empty body.",
        EntraFault.NoToken => "200 with JSON that holds no token.",
        EntraFault.Huge => "200 with a token of 10 MiB.",
        _ => "200, and the connection breaks halfway through the answer.",
    };

    public static string Of(ProxyState state) => state switch
    {
        ProxyState.Off => "The pod has no workload identity sidecar.",
        ProxyState.On => "The sidecar answers the pod's requests, with tokens from Microsoft Entra ID.",
        _ => "The sidecar answers 500: Microsoft Entra ID finds no federated credential (AADSTS70021).",
    };
}
