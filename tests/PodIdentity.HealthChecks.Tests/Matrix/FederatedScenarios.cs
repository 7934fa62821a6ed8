using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>Everything that the simulated Entra, webhook and proxies can make.</summary>
internal static class FederatedScenarios
{
    private static readonly SimulatedIdentity Another = new("another");

    private static readonly FederatedScenario WrongSubject = Federated(
        "no federated credential for its service account", p => p.ReplaceCredential(c => c with { Subject = "system:serviceaccount:default:other" }));

    private static readonly FederatedScenario WrongIssuer = Federated(
        "no federated credential for its cluster", p => p.ReplaceCredential(c => c with { Issuer = "https://oidc.another.example/" }));

    private static readonly FederatedScenario NoCredential = Federated(
        "no federated credential at all", p => p.Entra.RemoveFederatedCredential(p.Identity, p.Pod.FederatedCredential));

    private static readonly FederatedScenario IdentityDeleted = Federated("identity deleted", p =>
    {
        p.Entra.AddIdentity(Another);
        p.Entra.RemoveIdentity(p.Identity);
    });

    private static readonly FederatedScenario NotAuthorized = Bound("no role to use the identity", p => p.Node.Binding.Authorized = false);

    private static readonly FederatedScenario TokenFileMissing = Federated("token file missing", p => File.Delete(p.TokenFile));

    public static IReadOnlyList<FederatedScenario> All { get; } =
    [
        // Workload identity
        Federated("correct setup"),
        Federated("correct setup, Entra required") with { Expect = RequireEntra },
        Federated("correct setup, identity named") with { Expect = (o, p) => o.ClientId = p.Identity.ClientId },
        Federated("correct setup, NMI required") with { Expect = (o, _) => o.RequiredResponder = PodIdentityResponder.Nmi },
        Federated("correct setup, another identity expected") with { Expect = (o, _) => o.ExpectedClientId = Another.ClientId },
        Federated("another identity named, which has no federated credential", p => p.Entra.AddIdentity(Another)) with { Expect = (o, _) => o.ClientId = Another.ClientId },
        NoCredential,
        NoCredential.AfterFirstSuccess(),
        Federated("its federated credential has not arrived yet") with
        {
            Prepare = p =>
            {
                p.Entra.PropagationDelay = TimeSpan.FromMinutes(2);
                p.ReplaceCredential(c => c);
            },
        },
        WrongSubject,
        WrongSubject.AfterFirstSuccess(),
        WrongIssuer,
        WrongIssuer.AfterFirstSuccess(),
        Federated("federated credential that differs only in upper and lower case", p => p.ReplaceCredential(c => c with { Subject = c.Subject.ToUpperInvariant() })),
        Federated("federated credential for another audience", p => p.ReplaceCredential(c => c with { Audience = "api://another" })),
        Federated("token file with another audience", p => Write(p, p.Node.WorkloadIdentity.Inject(p.Identity, audience: "api://another"))),
        Federated("one exchange refused at random, the next one granted", p => (p.Entra.Noise, p.Entra.NoiseSeed) = (0.5, 3)),
        Federated("tenant does not exist", p => p.Entra.RemoveIdentity(p.Identity)),
        IdentityDeleted,
        IdentityDeleted.AfterFirstSuccess(),
        Refused("does not get the cluster's keys", 90061),
        Refused("does not get the cluster's keys", 90061).AfterFirstSuccess(),
        Refused("refuses because of Conditional Access", 53003),
        Refused("refuses because of Conditional Access", 53003).AfterFirstSuccess(),
        Refused("sees a loop", 50196),
        Refused("does not know the scope", 70011),
        Refused("does not know the resource", 500011),
        .. Both(Failing("throttles", EntraFault.Throttled)),
        .. Both(Failing("is unavailable (503)", EntraFault.Unavailable)),
        .. Both(Failing("refuses connections", EntraFault.Refuse)),
        .. Both(Failing("hangs", EntraFault.Hang) with { Silences = 1 }),
        Failing("answers garbage", EntraFault.Garbage),
        Failing("answers with an empty body", EntraFault.Empty),
        Failing("answers without a token", EntraFault.NoToken),
        Failing("answers 10 MiB", EntraFault.Huge),
        Failing("breaks off its answer", EntraFault.Truncated),
        Federated("token from Entra expires in 4 minutes", p => p.Entra.TokenLifetime = TimeSpan.FromMinutes(4)),
        TokenFileMissing,
        TokenFileMissing.AfterFirstSuccess(),
        Federated("token file empty", p => File.WriteAllText(p.TokenFile, "")),
        Federated("token file holds no token", p => File.WriteAllText(p.TokenFile, "garbage")),
        Federated("token file not renewed, its token expired", p =>
        {
            p.Pod.TokenLifetime = TimeSpan.FromMinutes(-1);
            p.Pod.Rotate();
        }),

        // Identity bindings
        Bound("correct setup"),
        Bound("correct setup, Entra required") with { Expect = RequireEntra },
        Bound("CA rotated", p => p.Node.Binding.RotateCertificateAuthority()).AfterFirstSuccess(),
        NotAuthorized,
        NotAuthorized.AfterFirstSuccess(),
        Bound("token file with the audience of Entra", p => Write(p, p.Node.WorkloadIdentity.Inject(p.Identity))),
        Bound("the pod has a CA other than the proxy's", p => Environment.SetEnvironmentVariable("AZURE_KUBERNETES_CA_FILE", p.Entra.CertificateAuthorityFile)),
        Bound("the pod has a server name other than the proxy's") with { Prepare = _ => Environment.SetEnvironmentVariable("AZURE_KUBERNETES_SNI_NAME", "another.example") },
        Bound("CA file missing") with { Prepare = _ => Environment.SetEnvironmentVariable("AZURE_KUBERNETES_CA_FILE", "/no/such/file") },
        Bound("proxy's address without TLS") with { Prepare = _ => Environment.SetEnvironmentVariable("AZURE_KUBERNETES_TOKEN_PROXY", "http://10.0.0.1/") },
        Bound("Entra refuses because of Conditional Access", p => p.Entra.Error = 53003),
        .. Both(Bound("proxy throttles", p => p.Entra.Fault = EntraFault.Throttled)),
        .. Both(Bound("proxy refuses connections", p => p.Entra.Fault = EntraFault.Refuse)),
        .. Both(Bound("proxy hangs", p => p.Entra.Fault = EntraFault.Hang) with { Silences = 1 }),

        // The webhook missed the pod
        Missed("one identity on the node"),
        Missed("one identity on the node, Entra required") with { Expect = RequireEntra },
        Missed("the expected identity is not the node's") with { Expect = (o, _) => o.ExpectedClientId = Another.ClientId },
        Missed("several identities on the node", p => p.Node.Imds.AddUserAssigned(Another)),
        Missed("several identities on the node, Entra required", p => p.Node.Imds.AddUserAssigned(Another)) with { Expect = RequireEntra },
        Missed("no identity on the node, Entra required", p => p.Node.Imds.Clear()) with { Expect = RequireEntra },
        Missed("AKS's IMDS restriction drops the request", p => p.Node.Imds.Fault = ImdsFault.Drop) with { Silences = 2 },
        Missed("AKS's IMDS restriction drops the request, Entra required", p => p.Node.Imds.Fault = ImdsFault.Drop) with { Silences = 1, Expect = RequireEntra },

        // Workload identity's proxy sidecar
        Sidecar("federated credential deleted", keepsCredential: false),
        Sidecar("federated credential deleted", keepsCredential: false).AfterFirstSuccess(),
        Sidecar("federated credential deleted, but the proxy keeps its token", keepsCredential: true).AfterFirstSuccess(),
    ];

    private static FederatedScenario Federated(string name, Action<FederatedPod>? broken = null) =>
        new($"workload identity: {name}") { Break = broken ?? (_ => { }) };

    private static FederatedScenario Refused(string name, int code) => Federated($"Entra {name} (AADSTS{code})", p => p.Entra.Error = code);

    private static FederatedScenario Failing(string name, EntraFault fault) => Federated($"Entra {name}", p => p.Entra.Fault = fault);

    private static FederatedScenario Bound(string name, Action<FederatedPod>? broken = null) =>
        new($"identity binding: {name}") { HasBinding = true, Break = broken ?? (_ => { }) };

    private static FederatedScenario Missed(string name, Action<FederatedPod>? broken = null) =>
        new($"missed by the webhook: {name}") { IsMissed = true, Break = broken ?? (_ => { }) };

    private static FederatedScenario Sidecar(string name, bool keepsCredential) => new($"workload identity proxy: {name}")
    {
        IsMissed = true,
        Prepare = p => (p.Node.Proxy.Enabled, p.Node.Proxy.KeepsCredential, p.Node.Proxy.DefaultClientId) = (true, keepsCredential, p.Identity.ClientId),
        Break = p => p.Node.Proxy.EntraError = "AADSTS70021: No matching federated identity record found",
    };

    private static IEnumerable<FederatedScenario> Both(FederatedScenario scenario) => [scenario, scenario.AfterFirstSuccess()];

    private static void RequireEntra(PodIdentityHealthCheckOptions options, FederatedPod pod) => options.RequiredResponder = PodIdentityResponder.Entra;

    /// <summary>Puts another pod's token into the file.</summary>
    private static void Write(FederatedPod pod, SimulatedWorkload other) => File.WriteAllText(pod.TokenFile, File.ReadAllText(other.TokenFile!));
}
