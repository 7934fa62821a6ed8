using PodIdentity.HealthChecks.Tests.Support;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>The real credential and the real sockets against answers that no token service gives.</summary>
public sealed class HostileEndpointTests
{
    private const string Management = "https://management.azure.com/";
    private const long Generous = 20 * 1024 * 1024;

    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan DiagnosisTimeout = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Answers => [.. HostileAnswer.All.Select(a => a.Name)];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Any_answer_has_its_reason_within_the_deadline_and_in_little_memory(string answer)
    {
        var hostile = HostileAnswer.Find(answer);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var entry = await CheckAsync(hostile, Guid.NewGuid().ToString());

        Assert.True(hostile.Reason == entry.Reason(), entry.Description);
        Assert.Equal(hostile.Reason is null ? HealthStatus.Healthy : HealthStatus.Unhealthy, entry.Status);
        Assert.InRange((TimeSpan)entry.Data[PodIdentityDataKeys.Elapsed], TimeSpan.Zero, AttemptTimeout + DiagnosisTimeout);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Generous);
        entry.ShouldBeFitToShow();
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task No_answer_gets_a_wrong_token_into_the_applications_cache(string answer)
    {
        await using var node = await Node.StartAsync();
        var id = node.BoundIdentity().ClientId;

        await CheckAsync(HostileAnswer.Find(answer), id);

        var token = await AppCredential.For(node, id).TokenFor(Management);
        Assert.Equal(id, TokenClaims.Read(token.Token).Identity.ClientId);
    }

    [Fact]
    public async Task Without_the_guard_a_wrong_token_would_be_in_the_applications_cache()
    {
        await using var node = await Node.StartAsync();
        var id = node.BoundIdentity().ClientId;
        var hostile = HostileAnswer.Find("a wrong token and a comma too many");
        await using var server = new RawServer(c => hostile.Give(c, id));
        await AppCredential.For(server.TokenEndpoint, id).TokenFor(Management);

        var token = await AppCredential.For(node, id).TokenFor(Management);

        Assert.Equal(HostileAnswer.WrongClientId, TokenClaims.Read(token.Token).Identity.ClientId);
    }

    [Fact]
    public async Task A_connection_that_ends_without_an_answer_is_one_request_and_no_second_try()
    {
        var requests = new List<string>();
        await using var server = new RawServer(async c =>
        {
            var request = await c.ReadRequestAsync();
            lock (requests)
            {
                requests.Add(request.Split(' ', '?')[1]);
            }
        });
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(o =>
        {
            o.TokenEndpoint = server.TokenEndpoint;
            CheckedPod.AskEveryTime(o);
        }));

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.NmiUnreachable);

        // The token, and who is there.
        Assert.Equal(["/metadata/identity/oauth2/token", "/host/token"], requests);
    }

    [Theory]
    [InlineData("missing 'podname' and 'podns' from request header", PodIdentityFailureReason.TokenRejected, "Nmi")]
    [InlineData("404 page not found", PodIdentityFailureReason.InvalidResponse, null)]
    public async Task Who_refuses_in_words_that_nobody_knows_is_told_by_its_fingerprint(
        string fingerprint, PodIdentityFailureReason reason, string? responder)
    {
        await using var server = new RawServer(async c =>
        {
            var isFingerprint = (await c.ReadRequestAsync()).Contains("/host/token", StringComparison.Ordinal);
            await c.SendAsync(isFingerprint ? Text(400, fingerprint) : Text(403, "RBAC: access denied"));
        });
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(o =>
        {
            o.TokenEndpoint = server.TokenEndpoint;
            CheckedPod.AskEveryTime(o);
        }));

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(reason);
        Assert.Equal(responder, entry.Data.GetValueOrDefault(PodIdentityDataKeys.Responder));

        static string Text(int status, string body) =>
            $"HTTP/1.1 {status} X\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
    }

    private static async Task<HealthReportEntry> CheckAsync(HostileAnswer hostile, string clientId)
    {
        await using var server = new RawServer(c => hostile.Give(c, clientId));
        var clock = new ManualTimeProvider();
        await using var pod = CheckedPod.Create(
            checks => checks.AddPodIdentity(o =>
            {
                o.ClientId = clientId;
                o.TokenEndpoint = server.TokenEndpoint;
                o.AttemptTimeout = AttemptTimeout;
                CheckedPod.AskEveryTime(o);
            }),
            clock);

        var check = pod.CheckAsync();
        if (hostile.Reason is PodIdentityFailureReason.TimedOut)
        {
            await server.Hanging;
            clock.Advance(AttemptTimeout);
        }

        return await check;
    }
}
