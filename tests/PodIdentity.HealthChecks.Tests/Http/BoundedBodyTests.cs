using System.Buffers;
using System.Text;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tests.Http;

/// <summary>Nothing of a body stays behind in the pool's buffers, which others get after it.</summary>
public sealed class BoundedBodyTests
{
    private static readonly byte[] Token = Encoding.ASCII.GetBytes(new string('t', 4000));

    [Fact]
    public void What_was_read_is_not_left_in_the_buffer()
    {
        using var content = new ByteArrayContent(Token);

        Assert.Equal(Token, Read(content));
        AssertNothingIsLeft();
    }

    [Fact]
    public void What_was_read_before_the_connection_broke_is_not_left_either()
    {
        using var content = new StreamContent(new BrokenStream());

        Assert.Throws<IOException>(() => Read(content));
        AssertNothingIsLeft();
    }

    /// <summary>On this thread from the beginning to the end, as the pool keeps buffers.</summary>
    private static byte[]? Read(HttpContent content)
    {
        var read = BoundedBody.ReadAsync(content, CancellationToken.None);
        Assert.True(read.IsCompleted);
        return read.GetAwaiter().GetResult();
    }

    private static void AssertNothingIsLeft()
    {
        var next = ArrayPool<byte>.Shared.Rent(BoundedBody.Limit + 1);
        Assert.Equal(-1, next.AsSpan().IndexOf(Token)); // others use the pool, too
        ArrayPool<byte>.Shared.Return(next);
    }

    private sealed class BrokenStream : MemoryStream
    {
        private bool _hasBegun;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_hasBegun)
            {
                throw new IOException();
            }

            _hasBegun = true;
            Token.CopyTo(buffer);
            return new(Token.Length);
        }
    }
}
