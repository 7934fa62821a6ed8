using System.Reflection;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
internal static class Help
{
    /// <summary>How much of the left column of YAML is free for the version.</summary>
    private const int ColumnLeft = 24;

    public static string Version { get; } =
        typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static string Text { get; } =
        """
        Does this pod get a token, now, for the identity that it should be? If not: what is broken, and what to do?
          podidentity-probe check token|nmi|all    one attempt, for an exec probe
          podidentity-probe wait  token|nmi|all    tries until it is healthy, for an init container; the default, with token
          podidentity-probe watch token|nmi|all    for ever, says what changes, for a sidecar
          podidentity-probe status FILE            what a watch with --status-file FILE found, for an exec probe
          podidentity-probe install DIRECTORY      copies itself there, for exec probes in images without it
        Exit code: 0 healthy or switched off, 1 identity, 2 NMI, 3 wrong flag or variable, 4 token service, 5 bug.
        A flag's variable is POD_IDENTITY_ and its name (--client-id: POD_IDENTITY_CLIENT_ID), but for the six in brackets.
          --client-id, --resource-id, --object-id ID      the identity to ask for: at most one of them
          --expected-client-id, --expected-object-id, --expected-tenant-id, --expected-resource-id ID
                                                          whom the token must be for, without asking for it
          --required-responder Nmi|WorkloadIdentityProxy|Imds   who must answer
          --token-endpoint URL [POD_IDENTITY_URL]         http://169.254.169.254/metadata/identity/oauth2/token
          --resource URI [POD_IDENTITY_ACCESS_URL]        https://management.azure.com/
          --minimum-token-lifetime 5m                     with less the verdict is Degraded
          --host-ip IP [HOST_IP]                          the node: NMI's health is asked there
          --nmi-probe-port 8085, --nmi-probe-path /healthz, --nmi-health-endpoint URL (instead of these three)
          --require-active true, --verify-interception true   of nmi: /healthz must say Active; only NMI may intercept
          --attempt-timeout 3s                            of one attempt; 120s for a token in wait and watch
          --retry-min 3s [HTTP_RETRY_MIN_SECONDS], --retry-max 10s [HTTP_RETRY_MAX_SECONDS], --retry-count 5 [HTTP_RETRY_COUNT]
          --interval 10s, --result-lifetime 10s           of watch: between two looks; least time between two tokens
          --status-file FILE, --failing-for 0s            of watch: where status looks; of status: shorter failures are none
          --output text|json
        POD_IDENTITY_DISABLED=true switches all of it off. Durations: 300ms, 10s, 1m30s, or seconds.

        initContainers:                                   containers:
        - name: identity                                  - name: app
          image: podidentity-probe:VERSION                  readinessProbe:
          args: [wait, token]                                 exec:
          env:                                                  command: [/podidentity-probe, check, token,
          - name: HOST_IP                                                 --required-responder, Nmi]
            valueFrom:                                        timeoutSeconds: 5
              fieldRef: {fieldPath: status.hostIP}            periodSeconds: 30
        """.Replace("VERSION".PadRight(ColumnLeft), Version.PadRight(ColumnLeft), StringComparison.Ordinal);
}
