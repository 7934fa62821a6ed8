namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>A text that is read from marker to marker: of a bundle's 200 KiB no more than a window is ever in memory.</summary>
internal sealed class MarkedText(Stream file)
{
    private readonly byte[] _window = new byte[32 * 1024];
    private int _start;
    private int _end;
    private long _unread = file.Length;

    /// <summary>Goes on behind a marker.</summary>
    /// <param name="marker">The marker.</param>
    /// <param name="before">What stands before it, or the end of that where it is longer than the window.</param>
    public bool Next(ReadOnlySpan<byte> marker, out ReadOnlySpan<byte> before)
    {
        int at;
        while ((at = _window.AsSpan(_start, _end - _start).IndexOf(marker)) < 0)
        {
            if (!Fill(marker.Length))
            {
                before = default;
                return false;
            }
        }

        before = _window.AsSpan(_start, at);
        _start += at + marker.Length;
        return true;
    }

    /// <summary>Makes room, of the oldest text where it must be, and reads on.</summary>
    private bool Fill(int kept)
    {
        if (_end - _start == _window.Length)
        {
            _start = _end - kept;
        }

        _window.AsSpan(_start, _end - _start).CopyTo(_window);
        (_start, _end) = (0, _end - _start);
        var length = file.Read(_window, _end, (int)Math.Min(_window.Length - _end, _unread));
        (_end, _unread) = (_end + length, _unread - length);
        return length > 0;
    }
}
