using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Examining;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Lines for machines: an object each, on standard output.</summary>
internal sealed class JsonReport(IOutput output, TimeProvider time) : IReport
{
    /// <summary>It goes to a log and not to a page, so backticks and quotes stay readable.</summary>
    public static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The properties of an answer, in an object that is open.</summary>
    public static void WriteAnswer(Utf8JsonWriter json, Answer answer)
    {
        json.WriteString("subject", answer.Subject);
        json.WriteString("status", answer.Verdict.Status.ToString());
        WriteReason(json, answer.Verdict.Reason);
        json.WriteNumber("exitCode", answer.ExitCode);
        json.WriteString("description", answer.Verdict.What);
        WriteHint(json, answer.Verdict.Hint);
        json.WriteStartObject("data");
        foreach (var (key, value) in answer.Verdict.Data)
        {
            switch (value)
            {
                case var _ when key is PodIdentityDataKeys.Reason or PodIdentityDataKeys.Hint:
                    break; // they stand beside the status
                case TimeSpan span:
                    json.WriteNumber(key, Seconds(span));
                    break;
                case int number:
                    json.WriteNumber(key, number);
                    break;
                case DateTimeOffset at:
                    json.WriteString(key, at);
                    break;
                default:
                    json.WriteString(key, value.ToString());
                    break;
            }
        }

        json.WriteEndObject();
    }

    public bool Verdict(Answer answer) => Write("verdict", json => WriteAnswer(json, answer));

    public void Attempt(Answer answer, int attempt, int attempts, TimeSpan? retryIn, TimeSpan timeLeft) => Write("attempt", json =>
    {
        json.WriteNumber("attempt", attempt);
        json.WriteNumber("attempts", attempts);
        if (retryIn is { } delay)
        {
            json.WriteNumber("retryInSeconds", Seconds(delay));
        }

        json.WriteNumber("secondsLeft", Seconds(timeLeft));
        WriteAnswer(json, answer);
    });

    public void Step(Step step) => Write("step", json =>
    {
        json.WriteString("step", step.Name);
        json.WriteString("outcome", step.Outcome switch { Outcome.Ok => "ok", Outcome.Failed => "failed", _ => "skipped" });
        WriteReason(json, step.Reason);
        json.WriteString("description", step.Seen);
        WriteHint(json, step.Hint);
        if (step.Elapsed is { } elapsed)
        {
            json.WriteNumber("elapsedSeconds", Seconds(elapsed));
        }
    });

    public void Progress(TimeSpan waited, TimeSpan timeLeft) => Write("progress", json =>
    {
        json.WriteNumber("secondsWaited", Seconds(waited));
        json.WriteNumber("secondsLeft", Seconds(timeLeft));
    });

    public void Problem(string text, int exitCode) => Write("error", json =>
    {
        json.WriteNumber("exitCode", exitCode);
        json.WriteString("description", text);
    });

    public void Note(string text) => Write("note", json => json.WriteString("description", text));

    private static void WriteReason(Utf8JsonWriter json, PodIdentityFailureReason? reason)
    {
        if (reason is not null)
        {
            json.WriteString(PodIdentityDataKeys.Reason, $"{reason}");
        }
    }

    private static void WriteHint(Utf8JsonWriter json, string? hint)
    {
        if (hint is not null)
        {
            json.WriteString(PodIdentityDataKeys.Hint, hint);
        }
    }

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    private bool Write(string name, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("event", name);
            write(json);
            json.WriteEndObject();
        }

        return output.WriteOut(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
