using System.Text;

namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>Reads a request as far as it has arrived. A body is not read: no request that is answered has one.</summary>
internal static class RequestHead
{
    public const int MaxBytes = 8 * 1024;

    private static readonly (Request?, int) Incomplete = (null, 0);

    /// <returns>The request, or the status that refuses it; neither while there is more to come.</returns>
    public static (Request? Request, int Refusal) Read(ReadOnlySpan<byte> received)
    {
        // What is no HTTP is refused at once: it may never send an empty line.
        var first = received.IndexOf("\r\n"u8);
        var line = first < 0 ? received.TrimEnd((byte)'\r') : received[..first];
        var refusal = !IsText(line) ? 400 : first < 0 ? 0 : RefusalOf(line);
        if (refusal is not 0)
        {
            return (null, refusal);
        }

        // Until it is all there nothing is allocated, however many pieces it comes in.
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return received.Length >= MaxBytes ? (null, 431) : Incomplete;
        }

        var accept = new List<string>();
        foreach (var header in Encoding.Latin1.GetString(received[first..end]).Split("\r\n").Skip(1))
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || header.AsSpan(0, colon).ContainsAny(" \t") || header.AsSpan().ContainsAny("\r\n\0"))
            {
                return (null, 400);
            }

            if (header.AsSpan(0, colon).Equals("Accept", StringComparison.OrdinalIgnoreCase))
            {
                accept.Add(header[(colon + 1)..]);
            }
        }

        var words = Encoding.ASCII.GetString(line).Split(' ');
        var target = words[1].Split('?', 2);
        return (new Request(words[0] is "HEAD", target[0], target.ElementAtOrDefault(1) ?? string.Empty, string.Join(',', accept)), 0);
    }

    private static int RefusalOf(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var method = space < 0 ? line : line[..space];
        var target = line[(space + 1)..];
        var isOne = target.StartsWith("/"u8) && (target.EndsWith(" HTTP/1.1"u8) || target.EndsWith(" HTTP/1.0"u8)) && target.Count((byte)' ') is 1;
        return !isOne ? 400
            : method.SequenceEqual("GET"u8) || method.SequenceEqual("HEAD"u8) ? 0
            : method.IndexOfAnyExceptInRange((byte)'A', (byte)'Z') < 0 && method.Length > 0 ? 405
            : 400;
    }

    private static bool IsText(ReadOnlySpan<byte> line) => line.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0;
}
