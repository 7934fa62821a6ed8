using System.Buffers;

namespace PodIdentity.HealthChecks.Http;

/// <summary>Reads an answer's body, however long it claims or turns out to be, up to a limit.</summary>
internal static class BoundedBody
{
    /// <summary>64 KiB: a token is 1 to 4 KiB, and Entra's limit for one is far below this.</summary>
    public const int Limit = 64 * 1024;

    /// <returns>The body, or <see langword="null"/> when it is longer than the limit.</returns>
    public static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > Limit)
        {
            return null;
        }

        using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(Limit + 1);
        var used = buffer.Length;
        try
        {
            var whole = buffer.AsMemory(0, Limit + 1);
            used = await stream.ReadAtLeastAsync(whole, whole.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return used > Limit ? null : buffer.AsSpan(0, used).ToArray();
        }
        finally
        {
            // It held a token. To clear what nothing was written to would make 128 KiB resident.
            buffer.AsSpan(0, used).Clear();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
