using System.Text;

namespace PodIdentity.HealthChecks.Testing.Wire;

/// <summary>How an answer reaches whoever asked.</summary>
internal enum Delivery
{
    /// <summary>As HTTP has it.</summary>
    Whole,

    /// <summary>One byte a second, without an end.</summary>
    Dripping,

    /// <summary>Half of what Content-Length promises, then the connection closes.</summary>
    Truncated,

    /// <summary>The connection is accepted; nothing comes.</summary>
    Silent,

    /// <summary>The connection is refused.</summary>
    Refused,

    /// <summary>The packets are lost on the way.</summary>
    Dropped,
}

/// <summary>What a responder has to say: status, headers (without Content-Length, which follows from the body) and body.</summary>
internal sealed record Answer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    public static readonly Answer Silence = new(0, [], default) { Delivery = Delivery.Silent };

    public Delivery Delivery { get; init; }

    public static Answer Text(int status, string contentType, string body, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        List<KeyValuePair<string, string>> all = [new("Content-Type", contentType)];
        foreach (var (name, value) in headers)
        {
            all.Add(new(name, value));
        }

        return new(status, all, Encoding.UTF8.GetBytes(body));
    }

    /// <summary>With the header, which counts whole seconds.</summary>
    public Answer WithRetryAfter(TimeSpan wait) => this with { Headers = [.. Headers, new("Retry-After", $"{Math.Ceiling(wait.TotalSeconds):0}")] };

    /// <summary>What Go's <c>http.Error</c> sends.</summary>
    public static Answer GoError(int status, string text, params ReadOnlySpan<(string Name, string Value)> headers) =>
        Text(status, "text/plain; charset=utf-8", text + "\n", [("X-Content-Type-Options", "nosniff"), .. headers]);
}
