namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>A pod of workload identity, or with an identity binding, and the simulated Entra that knows its service account.</summary>
internal sealed class FederatedPod : IAsyncDisposable
{
    private readonly SimulatedWorkload _pod;

    private FederatedPod(PodIdentitySimulator node, bool identityBinding)
    {
        Node = node;
        _pod = node.WorkloadIdentity.Inject(Identity, identityBinding: identityBinding);
        node.Entra.AddFederatedCredential(Identity, _pod.FederatedCredential);
    }

    public PodIdentitySimulator Node { get; }

    public SimulatedEntra Entra => Node.Entra;

    public SimulatedIdentity Identity => Node.Identity();

    public SimulatedWorkload Pod => _pod;

    public string TokenFile => _pod.TokenFile!;

    /// <summary>How often a token was exchanged.</summary>
    public int Exchanges => Node.Requests.Count(r => r.Path.EndsWith("/oauth2/v2.0/token", StringComparison.Ordinal));

    public static async Task<FederatedPod> StartAsync(string entraHost = "localhost", bool identityBinding = false) => new(
        await PodIdentitySimulator.StartAsync(options => options.EntraHost = entraHost, TestContext.Current.CancellationToken), identityBinding);

    /// <summary>The webhook's variables, retries that a test does not wait for, and a timeout that even a slow machine does not reach.</summary>
    /// <remarks>For a binding nothing but its own CA vouches, and Entra cannot be reached.</remarks>
    public (string, string)[] Environment(params (string, string)[] more)
    {
        var hasBinding = _pod.Variables["AZURE_KUBERNETES_TOKEN_PROXY"] is not null;
        return
        [
            .. _pod.Variables.Where(v => v.Value is not null).Select(v => (v.Key, v.Value!)),
            ("SSL_CERT_FILE", hasBinding ? "/dev/null" : Entra.CertificateAuthorityFile),
            .. hasBinding ? [("AZURE_AUTHORITY_HOST", "https://login.invalid/")] : Array.Empty<(string, string)>(),
            ("HTTP_RETRY_MIN_SECONDS", "1ms"),
            ("POD_IDENTITY_ATTEMPT_TIMEOUT", "5m"),
            .. more,
        ];
    }

    public ValueTask DisposeAsync()
    {
        _pod.Dispose();
        return Node.DisposeAsync();
    }
}
