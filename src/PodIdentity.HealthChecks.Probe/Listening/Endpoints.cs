using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Files;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;

namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>What a watch answers to those who ask by HTTP.</summary>
/// <param name="goodFor">How long a round is good for: a watch that runs has made the next one by then.</param>
/// <param name="failingFor">How long a failure must have lasted to count for liveness.</param>
/// <param name="time">The clock.</param>
internal sealed class Endpoints(TimeSpan goodFor, TimeSpan failingFor, TimeProvider time)
{
    private const string Startup = "/startupz";
    private const string Liveness = "/livez";
    private const string Readiness = "/readyz";
    private const string Metrics = "/metrics";
    private const string Nmi = "nmi";

    private static readonly Answer NoVerdict = WatchStatus.Answer(
        HealthStatus.Unhealthy, "There is no verdict yet.", "The watch has just started; the first round takes as long as its requests.");

    private readonly WatchMetrics _metrics = new(goodFor, time);
    private readonly long _start = time.GetTimestamp();
    private volatile Round? _all;
    private volatile Round? _nmi;

    public void Keep(Round round)
    {
        // A watch that is switched off holds nobody back, whatever is asked for.
        var ofNmi = round.Answers.Where(a => a.Subject is Nmi or WatchStatus.Subject).ToList();
        _nmi = ofNmi.Count > 0 ? Round.After(_nmi, ofNmi, time) : null;
        _all = round;
        _metrics.Keep(round);
    }

    public Response Answer(Request request) => request.Path switch
    {
        Startup or Liveness or Readiness => Judge(request.Path, _all, request),

        // A restart may help against NMI's trouble, and never brings an identity.
        $"{Startup}/{Nmi}" or $"{Liveness}/{Nmi}" or $"{Readiness}/{Nmi}" when _all is null || _nmi is not null => Judge(request.Path[..^(Nmi.Length + 1)], _nmi, request),
        Metrics => Measure(request.Accepts("application/openmetrics-text")),
        _ => new Response(404, $"Not Found. There are {Startup}, {Liveness}, {Readiness} and {Metrics}; and, for a watch of NMI, {Startup}/{Nmi}, {Liveness}/{Nmi} and {Readiness}/{Nmi}.\n"),
    };

    private Response Measure(bool asOpenMetrics) => new(200, _metrics.Format(asOpenMetrics), Exposition.ContentTypeOf(asOpenMetrics));

    private Response Judge(string path, Round? round, Request request)
    {
        _metrics.Called(round);
        var (answers, failing) = round is null ? ([NoVerdict], time.GetElapsedTime(_start)) : Read(round);
        var worst = answers.Reverse().MinBy(a => a.Verdict.Status)!;
        var excuse = worst.IsFailing ? ExcuseOf(path, round, failing) : string.Empty;
        var status = excuse is null ? 503 : 200;
        var asJson = request.IsVerbose || request.Accepts("application/json");
        return asJson
            ? new Response(status, Describe(status, answers, failing), "application/json")
            : new Response(status, $"{excuse}{TextReport.Sentence(worst.Verdict)}\n");
    }

    /// <returns>What is known, and how long it has been failing.</returns>
    private (IReadOnlyList<Answer> Answers, TimeSpan? Failing) Read(Round round)
    {
        var age = time.GetElapsedTime(round.At);
        TimeSpan? failing = round.FailingSince is { } since ? time.GetElapsedTime(since) : null;
        return age <= goodFor ? (round.Answers, failing) : (
            [WatchStatus.Answer(HealthStatus.Unhealthy, $"The last verdict is {Phrases.For(age)} old and was valid for only {Phrases.For(goodFor)}.", "The watch is stuck: restart its container.")],
            failing ?? age - goodFor);
    }

    /// <returns>Why a failure does not count; <see langword="null"/> when it does.</returns>
    private string? ExcuseOf(string path, Round? round, TimeSpan? failing) => path switch
    {
        Startup when round is { HasSucceeded: true } => "There has been a Healthy or Degraded verdict since the watch started. Now: ",
        Liveness when failing is { } lasted && lasted < failingFor => $"{WatchStatus.Excuse(lasted, failingFor)} ",
        _ => null,
    };

    private string Describe(int status, IReadOnlyList<Answer> answers, TimeSpan? failing)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonReport.Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteNumber("httpStatus", status);
            if (failing is { } lasted)
            {
                json.WriteNumber("failingForSeconds", Math.Round(lasted.TotalSeconds, 3));
            }

            json.WriteStartArray("verdicts");
            foreach (var answer in answers)
            {
                json.WriteStartObject();
                JsonReport.WriteAnswer(json, answer);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }
}
