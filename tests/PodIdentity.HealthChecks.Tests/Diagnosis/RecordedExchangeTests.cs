using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Diagnosis;

/// <summary>Every exchange that was recorded with the real NMI, and what it means.</summary>
public sealed class RecordedExchangeTests
{
    /// <summary>The recorded tokens are placeholders and no JWTs: without an expectation they are as good as any.</summary>
    private static readonly Dictionary<string, (PodIdentityFailureReason? Reason, PodIdentityResponder Responder)> Expected = new(StringComparer.Ordinal)
    {
        ["token.ok.noclient"] = (null, PodIdentityResponder.Nmi),
        ["token.ok.client_id"] = (null, PodIdentityResponder.Nmi),
        ["token.ok.mi_res_id"] = (null, PodIdentityResponder.Nmi),
        ["token.ok.msi_res_id"] = (null, PodIdentityResponder.Nmi),
        ["token.ok.object_id"] = (null, PodIdentityResponder.Nmi),
        ["src.nopod.127.0.0.5"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["src.excepted.noclient.127.0.0.3"] = (null, PodIdentityResponder.Nmi),
        ["src.excepted.client.unknown.127.0.0.3"] = (IdentityNotFound, PodIdentityResponder.Nmi),
        ["src.foreign.noclient.127.0.0.9"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["std.default.unbound.noclient"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["std.default.unbound.client"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["std.default.bound.otherclient"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["std.default.bound.UPPERclient"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["std.default.created.noclient"] = (IdentityPending, PodIdentityResponder.Nmi),
        ["managed.unbound"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["managed.bound.otherclient"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["retryafter.unbound"] = (IdentityNotBound, PodIdentityResponder.Nmi),
        ["imds.0400"] = (IdentityNotFound, PodIdentityResponder.Nmi),
        ["imds.0403"] = (TokenRejected, PodIdentityResponder.Nmi),
        ["imds.0429"] = (Throttled, PodIdentityResponder.Nmi),
        ["imds.0500"] = (TokenServiceError, PodIdentityResponder.Nmi),
        ["imds.0410"] = (TokenServiceUpdating, PodIdentityResponder.Nmi),
        ["imds.0003"] = (InvalidResponse, PodIdentityResponder.Nmi),
        ["imds.0007"] = (InvalidResponse, PodIdentityResponder.Nmi),
        ["imds.0002"] = (InvalidResponse, PodIdentityResponder.Nmi),
        ["imds.0006"] = (null, PodIdentityResponder.Nmi),
        ["netns.refuse.token"] = (TokenServiceError, PodIdentityResponder.Nmi),
        ["proxy.token.noclient"] = (IdentityAmbiguous, PodIdentityResponder.WorkloadIdentityProxy),
        ["proxy.token.ok"] = (null, PodIdentityResponder.WorkloadIdentityProxy),
    };

    /// <summary>All but those that came without the header or the resource: the check always sends both.</summary>
    public static TheoryData<string> TokenExchanges =>
        [.. Recording.Names.Where(n => IsOnTokenPath(n) && !n.StartsWith("meta.", StringComparison.Ordinal) && !n.Contains("resource", StringComparison.Ordinal))];

    public static TheoryData<string> OtherExchanges => [.. Recording.Names.Where(n => !IsOnTokenPath(n))];

    [Theory]
    [MemberData(nameof(TokenExchanges))]
    public void An_answer_to_a_token_request_means_what_it_meant_when_it_was_recorded(string name)
    {
        var exchange = Recording.Read(name);

        var finding = FailureTable.Read(new Observation { Token = exchange, At = Recording.When });

        Assert.Equal(Expected[name], (finding.Reason, exchange.Responder));
    }

    [Theory]
    [MemberData(nameof(TokenExchanges))]
    public void It_means_the_same_behind_a_mesh_that_puts_its_own_name_into_the_Server_header(string name)
    {
        var exchange = Recording.Read(name, server: "envoy");

        var finding = FailureTable.Read(new Observation { Token = exchange, At = Recording.When });

        Assert.Equal(Expected[name], (finding.Reason, exchange.Responder));
    }

    [Theory]
    [MemberData(nameof(OtherExchanges))]
    public void Only_NMI_answers_the_fingerprint_and_only_Active_is_active(string name)
    {
        var answer = Recording.ReadPlain(name);

        Assert.Equal(name is "host.token.noheaders", answer.IsNmi());
        Assert.Equal(name is "healthz.active", answer.SaysActive());
        Assert.Equal(name is "healthz.notactive", answer.SaysNotActive());
    }

    [Fact]
    public void The_status_of_IMDS_is_read_from_the_text_of_NMIs_403()
    {
        Assert.Equal((403, 429), (Recording.Read("imds.0429").Status, Recording.Read("imds.0429").InnerStatus));
        Assert.Equal("invalid_request: Temporarily throttled, too many requests", Recording.Read("imds.0429").Text);
        Assert.Equal(700016, Recording.Read("imds.0403").EntraError);
    }

    private static bool IsOnTokenPath(string name) => Recording.IsTokenRequest(name);
}
