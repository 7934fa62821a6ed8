using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PodIdentity.HealthChecks.Probe.Asking;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>An object on each line of standard output, for machines.</summary>
internal sealed class JsonReport(IOutput output, TimeProvider time) : IReport
{
    // For a log, not for a page: backticks and quotes stay readable.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Verdict(Answer answer) => Write("verdict", json => WriteAnswer(json, answer));

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

    public void Progress(TimeSpan waited, TimeSpan timeLeft) => Write("progress", json =>
    {
        json.WriteNumber("secondsWaited", Seconds(waited));
        json.WriteNumber("secondsLeft", Seconds(timeLeft));
    });

    public void Note(string text) => Write("note", json => json.WriteString("description", text));

    private static void WriteAnswer(Utf8JsonWriter json, Answer answer)
    {
        json.WriteString("subject", answer.Subject);
        json.WriteString("status", answer.Verdict.Severity.Name());
        json.WriteNumber("exitCode", answer.ExitCode);
        json.WriteString("description", answer.Verdict.Description);
        json.WriteStartObject("data");
        foreach (var (key, value) in answer.Verdict.Data)
        {
            switch (value)
            {
                case int number:
                    json.WriteNumber(key, number);
                    break;
                case DateTimeOffset at:
                    json.WriteString(key, at);
                    break;
                case TimeSpan span:
                    json.WriteString(key, span.ToString("c"));
                    break;
                default:
                    json.WriteString(key, value.ToString());
                    break;
            }
        }

        json.WriteEndObject();
    }

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    private void Write(string happening, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("event", happening);
            write(json);
            json.WriteEndObject();
        }

        output.WriteOut(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }
}
