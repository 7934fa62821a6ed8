using Azure.Core.Pipeline;
using Azure.Identity;

namespace PodIdentity.HealthChecks.Tests.Support;

/// <summary>
/// This process as a pod of workload identity, or with an identity binding: its variables are the process's, and the simulated Entra is trusted as the
/// real one is. One clock for all.
/// </summary>
internal sealed class FederatedPod : IAsyncDisposable
{
    private static bool s_isKnownToMsal;

    private readonly SimulatedWorkload _pod;
    private readonly IDisposable _variables;

    private FederatedPod(PodIdentitySimulator node, ManualTimeProvider time, bool identityBinding, bool missed)
    {
        (Node, Time) = (node, time);
        node.WorkloadIdentity.WebhookDown = missed;
        _pod = node.WorkloadIdentity.Inject(Identity, identityBinding: identityBinding);
        node.Entra.AddFederatedCredential(Identity, _pod.FederatedCredential);
        _variables = _pod.ApplyVariables();
    }

    public PodIdentitySimulator Node { get; }

    public ManualTimeProvider Time { get; }

    public SimulatedEntra Entra => Node.Entra;

    public SimulatedIdentity Identity => Node.BoundIdentity();

    public SimulatedWorkload Pod => _pod;

    public string TokenFile => _pod.TokenFile!;

    /// <summary>What Entra, or the binding's proxy, was asked.</summary>
    public IReadOnlyList<SimulatedRequest> Exchanges => [.. Node.Requests.Where(IsExchange)];

    public static async Task<FederatedPod> StartAsync(bool identityBinding = false, bool missed = false)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No variable makes this process trust a CA.");
        var time = new ManualTimeProvider();
        var node = await PodIdentitySimulator.StartAsync(
            o => (o.TimeProvider, o.CertificateAuthority) = (time, TrustedAuthority.Certificate), TestContext.Current.CancellationToken);
        await MakeKnownToMsalAsync(node);
        return new FederatedPod(node, time, identityBinding, missed);
    }

    public static bool IsExchange(SimulatedRequest request) => request.Path.EndsWith("/oauth2/v2.0/token", StringComparison.Ordinal);

    public CheckedPod CreateCheck(Action<PodIdentityHealthCheckOptions>? configure = null) => CheckedPod.Create(
        checks => checks.AddPodIdentity(options =>
        {
            CheckedPod.AskEveryTime(options);
            configure?.Invoke(options);
        }),
        Time);

    /// <summary>One run of a check that asks at every call.</summary>
    public async Task<HealthReportEntry> CheckAsync(Action<PodIdentityHealthCheckOptions>? configure = null)
    {
        await using var check = CreateCheck(configure);
        return await check.CheckAsync();
    }

    /// <summary>Gives the identity a federated credential that differs from the one that fits, in place of that.</summary>
    public void ReplaceCredential(Func<SimulatedFederatedCredential, SimulatedFederatedCredential> change)
    {
        Entra.RemoveFederatedCredential(Identity, _pod.FederatedCredential);
        Entra.AddFederatedCredential(Identity, change(_pod.FederatedCredential));
    }

    public async ValueTask DisposeAsync()
    {
        _variables.Dispose();
        _pod.Dispose();
        await Node.DisposeAsync();
    }

    /// <summary>
    /// MSAL asks once in a process which hosts belong to an authority that it does not know, of login.microsoftonline.com: here over the simulator's own
    /// connections, so that no test asks the internet.
    /// </summary>
    private static async Task MakeKnownToMsalAsync(PodIdentitySimulator node)
    {
        if (s_isKnownToMsal)
        {
            return;
        }

        using var pod = node.WorkloadIdentity.Inject(node.BoundIdentity());
        node.Entra.AddFederatedCredential(node.BoundIdentity(), pod.FederatedCredential);
        await new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions
        {
            AuthorityHost = node.Entra.Address,
            ClientId = node.BoundIdentity().ClientId,
            TenantId = node.BoundIdentity().TenantId,
            TokenFilePath = pod.TokenFile,
            Transport = new HttpClientTransport(new HttpClient(node.Entra.CreateHandler())),
        }).TokenFor("https://vault.azure.net");
        node.Entra.RemoveIdentity(node.BoundIdentity());
        node.ClearRequests();
        s_isKnownToMsal = true;
    }
}
