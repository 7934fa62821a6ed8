using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Listening;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Probe.Tests.Running;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe.Tests.Listening;

/// <summary>What is answered, by what the rounds have found and when.</summary>
public sealed class EndpointsTests
{
    private static readonly Answer Healthy = Scripted.Healthy();
    private static readonly Answer Failing = Scripted.Failing(NotIntercepted);
    private static readonly Answer Degraded = new("token", Healthy.Verdict with { Status = HealthStatus.Degraded, Reason = Throttled });

    private readonly ManualTimeProvider _clock = new();
    private readonly Endpoints _endpoints;
    private Round? _round;

    public EndpointsTests() => _endpoints = new Endpoints(TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(5), _clock);

    public static TheoryData<string, string, int, int, int> Rounds => new()
    {
        { "", "There is no verdict yet.", 503, 200, 503 },
        { "H", "Healthy: well.\n", 200, 200, 200 },
        { "D", "Degraded (Throttled): well.\n", 200, 200, 200 },
        { "F", "Unhealthy (NotIntercepted): broken.\n", 503, 200, 503 },
        { "HF", "Unhealthy (NotIntercepted): broken.\n", 200, 200, 503 },
        { "DF", "Unhealthy (NotIntercepted): broken.\n", 200, 200, 503 },
        { "FH", "Healthy: well.\n", 200, 200, 200 },
    };

    [Theory]
    [MemberData(nameof(Rounds))]
    public void Each_endpoint_has_its_answer_for_each_verdict(string rounds, string text, int startup, int liveness, int readiness)
    {
        foreach (var round in rounds)
        {
            Keep(round switch { 'H' => Healthy, 'D' => Degraded, _ => Failing });
        }

        Assert.Equal((startup, liveness, readiness), (Get("/startupz").Status, Get("/livez").Status, Get("/readyz").Status));
        Assert.All(new[] { "/startupz", "/livez", "/readyz" }, path => Assert.Contains(text, Get(path).Body, StringComparison.Ordinal));
    }

    [Fact]
    public void It_is_one_line_with_what_happened_and_what_to_do()
    {
        Keep(Scripted.Healthy("nmi"), Failing with { Verdict = Failing.Verdict with { Hint = "See its pods." } });

        Assert.Equal("Unhealthy (NotIntercepted): broken. See its pods.\n", Get("/readyz").Body);
    }

    [Fact]
    public void NMI_can_be_judged_alone()
    {
        var nmi = Scripted.Failing(NmiUnreachable, subject: "nmi");
        Assert.Equal(200, Get("/livez/nmi").Status);

        Keep(Scripted.Healthy("nmi"), Failing);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Keep(Scripted.Healthy("nmi"), Failing);
        Assert.Equal((503, 200, 200), (Get("/livez").Status, Get("/livez/nmi").Status, Get("/readyz/nmi").Status));

        Keep(nmi);
        Assert.Equal((503, 200, 503), (Get("/livez").Status, Get("/livez/nmi").Status, Get("/readyz/nmi").Status));

        _clock.Advance(TimeSpan.FromMinutes(5));
        Keep(nmi);
        Assert.Equal(503, Get("/livez/nmi").Status);
        Assert.Equal(200, Get("/startupz/nmi").Status);
    }

    [Fact]
    public void A_watch_that_never_comes_to_a_verdict_fails_liveness_in_the_end()
    {
        _clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(503, Get("/livez").Status);
    }

    [Fact]
    public void A_watch_that_is_stuck_is_measured_as_Unhealthy_by_itself()
    {
        Keep(Healthy);
        Assert.DoesNotContain("\"watch\"", Get("/metrics").Body, StringComparison.Ordinal);

        _clock.Advance(TimeSpan.FromSeconds(21));

        var status = Get("/metrics").Body.Split('\n').Where(line => line.StartsWith("podidentity_health_check_status{", StringComparison.Ordinal)).ToList();
        Assert.All(status, line => Assert.Contains("dotnet_health_check_name=\"watch\"", line, StringComparison.Ordinal));
        Assert.Single(status, line => line.Contains("\"Unhealthy\"} 1", StringComparison.Ordinal));
    }

    [Fact]
    public void There_is_no_NMI_where_it_is_not_watched()
    {
        Keep(Healthy);

        Assert.Equal(404, Get("/readyz/nmi").Status);
    }

    [Theory]
    [InlineData(299, 200)]
    [InlineData(300, 503)]
    public void Liveness_fails_when_the_failure_has_lasted_long_enough(int seconds, int status)
    {
        Keep(Healthy);
        for (var passed = 0; passed < seconds; passed += 13)
        {
            Keep(Failing);
            _clock.Advance(TimeSpan.FromSeconds(Math.Min(13, seconds - passed)));
        }

        Assert.Equal(status, Get("/livez").Status);
    }

    [Fact]
    public void A_failure_that_does_not_count_yet_says_when_it_will()
    {
        Keep(Failing);
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("The check has been failing for 10 s, and counts as failed after 5 min. Unhealthy (NotIntercepted): broken.\n", Get("/livez").Body);
    }

    [Theory]
    [InlineData(20, 200, 200)]
    [InlineData(21, 503, 200)]
    [InlineData(319, 503, 200)]
    [InlineData(320, 503, 503)]
    public void A_watch_that_is_stuck_fails_from_when_its_word_was_good_no_longer(int age, int readiness, int liveness)
    {
        Keep(Healthy);
        _clock.Advance(TimeSpan.FromSeconds(age));
        _clock.Turn(TimeSpan.FromHours(-1));

        Assert.Equal((readiness, liveness), (Get("/readyz").Status, Get("/livez").Status));
        Assert.Equal(readiness is 503, Get("/readyz").Body.Contains("The watch is stuck", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/readyz", "verbose", "")]
    [InlineData("/readyz", "", "application/json")]
    public void Everything_is_there_as_json(string path, string query, string accept)
    {
        Keep(Scripted.Healthy("nmi"), Failing);
        _clock.Advance(TimeSpan.FromSeconds(1.5));

        var response = _endpoints.Answer(new Request(false, path, query, accept));
        var json = JsonDocument.Parse(response.Body).RootElement;

        Assert.Equal((503, "application/json"), (response.Status, response.ContentType));
        Assert.Equal((503, 1.5), (json.GetProperty("httpStatus").GetInt32(), json.GetProperty("failingForSeconds").GetDouble()));
        Assert.Equal(["nmi Healthy", "token Unhealthy"], json.GetProperty("verdicts").EnumerateArray().Select(v => $"{v.GetProperty("subject")} {v.GetProperty("status")}"), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/readyz/")]
    [InlineData("/readyz/token")]
    [InlineData("/READYZ")]
    [InlineData("/healthz<script>")]
    public void Another_path_is_told_which_there_are_and_not_repeated(string path)
    {
        Assert.Equal(new Response(404, "Not Found. There are /startupz, /livez, /readyz and /metrics; and, for a watch of NMI, /startupz/nmi, /livez/nmi and /readyz/nmi.\n"), Get(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_metrics_are_those_of_the_library(bool isOpenMetrics)
    {
        Keep(Fresh("nmi", 0.02), Fresh("token", 0.3, expiresIn: 3600));
        Keep(Fresh("nmi", 0.02), Degraded); // the token stands
        Keep(Fresh("nmi", 0.02), Fresh("token", 200, TokenExpiring, expiresIn: 180));
        Get("/readyz");

        var samples = Scrape(isOpenMetrics);

        string[] expected =
        [
            """podidentity_health_check_status{dotnet_health_check_name="token",podidentity_health_check_state="Unhealthy"} 1""",
            """podidentity_health_check_status{dotnet_health_check_name="token",podidentity_health_check_state="Healthy"} 0""",
            """podidentity_health_check_status{dotnet_health_check_name="nmi",podidentity_health_check_state="Healthy"} 1""",
            """podidentity_health_check_attempt_duration_seconds_count{dotnet_health_check_name="nmi",podidentity_reason="None",podidentity_responder="Nmi"} 3""",
            """podidentity_health_check_attempt_duration_seconds_sum{dotnet_health_check_name="token",podidentity_reason="None",podidentity_responder="Nmi"} 0.3""",
            """podidentity_health_check_attempt_duration_seconds_bucket{dotnet_health_check_name="token",podidentity_reason="None",podidentity_responder="Nmi",le="0.25"} 0""",
            """podidentity_health_check_attempt_duration_seconds_bucket{dotnet_health_check_name="token",podidentity_reason="None",podidentity_responder="Nmi",le="0.5"} 1""",
            """podidentity_health_check_attempt_duration_seconds_bucket{dotnet_health_check_name="token",podidentity_reason="TokenExpiring",podidentity_responder="Nmi",le="+Inf"} 1""",
            """podidentity_health_check_coalesced_calls_total{dotnet_health_check_name="token"} 1""",
            """podidentity_health_check_token_remaining_lifetime_seconds{dotnet_health_check_name="token"} 180""",
        ];
        Assert.All(expected, line => Assert.Equal(line[(line.LastIndexOf(' ') + 1)..], $"{samples[line[..line.LastIndexOf(' ')]]}"));
        Assert.Equal(6 + (3 * 17) + 2 + 1, samples.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void There_are_metrics_before_the_first_round(bool isOpenMetrics) => Assert.Empty(Scrape(isOpenMetrics));

    private Answer Fresh(string subject, double seconds, PodIdentityFailureReason? reason = null, int? expiresIn = null)
    {
        var token = expiresIn is { } left ? new TokenFacts(TokenIdentity.Unverifiable, _clock.GetUtcNow().AddSeconds(left)) : null;
        var seen = new Observation { Token = new TokenExchange { Endpoint = "http://169.254.169.254", Responder = PodIdentityResponder.Nmi, Token = token } };
        var status = reason is null ? HealthStatus.Healthy : HealthStatus.Unhealthy;
        return new Answer(subject, Verdict.Of(seen, new Finding(reason, "It was so"), status, TimeSpan.FromSeconds(seconds)));
    }

    private IReadOnlyDictionary<string, double> Scrape(bool isOpenMetrics)
    {
        var response = Get("/metrics", isOpenMetrics ? "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1" : "text/plain;version=0.0.4");
        Assert.Equal(isOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8", response.ContentType);
        return MetricsText.Read(response.Body, isOpenMetrics);
    }

    private void Keep(params Answer[] answers) => _endpoints.Keep(_round = Round.After(_round, answers, _clock));

    private Response Get(string path, string accept = "*/*") => _endpoints.Answer(new Request(false, path, "", accept));
}
