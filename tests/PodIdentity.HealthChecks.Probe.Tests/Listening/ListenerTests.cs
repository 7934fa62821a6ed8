using System.Net;
using System.Net.Sockets;
using System.Text;
using PodIdentity.HealthChecks.Probe.Listening;

namespace PodIdentity.HealthChecks.Probe.Tests.Listening;

/// <summary>What connections can do to it, on a clock that only the test moves.</summary>
public sealed class ListenerTests : IAsyncDisposable
{
    private const string Get = "GET /readyz HTTP/1.1\r\n\r\n";

    private readonly ManualTimeProvider _clock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _run;
    private readonly int _port;

    public ListenerTests()
    {
        var (socket, _) = ListenAddress.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _port = ((IPEndPoint)socket!.LocalEndPoint!).Port;
        _run = new Listener(socket, request => new Response(200, $"well {request.Path.Length}\n"), _clock).RunAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
        _stopping.Dispose();
    }

    [Fact]
    public async Task A_request_is_answered_and_the_connection_closed()
    {
        var answer = await RawHttp.SendAsync(_port, Get);

        Assert.Equal((200, "well 7\n"), (answer.Status, answer.Body));
        Assert.Equal("close", answer.Headers["Connection"]);
        Assert.Equal("7", answer.Headers["Content-Length"]);
    }

    [Fact]
    public async Task HEAD_has_the_same_headers_and_no_body()
    {
        var get = await RawHttp.SendAsync(_port, Get);
        var head = await RawHttp.SendAsync(_port, Get.Replace("GET", "HEAD", StringComparison.Ordinal));

        Assert.Equal(get with { Body = "", Headers = head.Headers }, head);
        Assert.Equal(get.Headers, head.Headers);
    }

    [Fact]
    public async Task A_request_may_come_a_byte_at_a_time()
    {
        using var socket = await RawHttp.ConnectAsync(_port);
        socket.NoDelay = true;
        foreach (var letter in Get)
        {
            await socket.SendAsync(new[] { (byte)letter }, TestContext.Current.CancellationToken);
        }

        Assert.EndsWith("well 7\n", await RawHttp.ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST /readyz HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 405, "Method Not Allowed.\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001", 400, "Bad Request.\n")]
    [InlineData("GET <script>eyJ0 HTTP/1.1\r\n\r\n", 400, "Bad Request.\n")]
    public async Task What_is_no_request_for_it_is_refused_without_a_word_of_it(string text, int status, string body)
    {
        var answer = await RawHttp.SendAsync(_port, text);

        Assert.Equal((status, body), (answer.Status, answer.Body));
        Assert.Equal(status is 405, answer.Headers.ContainsKey("Allow"));
    }

    [Fact]
    public async Task Headers_beyond_8_KiB_are_refused_however_much_more_comes()
    {
        using var socket = await RawHttp.ConnectAsync(_port, $"GET / HTTP/1.1\r\nX: {new string('x', 200_000)}");

        Assert.StartsWith("HTTP/1.1 431 ", await RawHttp.ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /readyz HTTP/1.1\r\nHost: a\r\n")]
    public async Task A_connection_has_five_seconds_in_all(string sent)
    {
        using var socket = await RawHttp.ConnectAsync(_port, sent);
        await _clock.WhenWaitingFor(TimeSpan.FromSeconds(5));

        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(200, (await RawHttp.SendAsync(_port, Get)).Status);
        Assert.False(socket.Poll(0, SelectMode.SelectRead));
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("", await ReadWhatThereIsAsync(socket));
    }

    [Theory]
    [InlineData(64, "")]
    [InlineData(500, "")]
    [InlineData(500, "GET /readyz HTTP/1.1\r\nHost: ")]
    public async Task Connections_that_send_nothing_keep_nobody_out(int count, string sent)
    {
        var idle = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            idle.Add(await RawHttp.ConnectAsync(_port, sent));
        }

        Assert.Equal(200, (await RawHttp.SendAsync(_port, Get)).Status);

        // No more than 64 were ever open: the oldest made room, without any time passing.
        Assert.Equal("", await ReadWhatThereIsAsync(idle[count - 64]));
        Assert.Equal(TimeSpan.Zero, _clock.Elapsed);
        idle.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Thousands_of_connections_with_garbage_change_nothing()
    {
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var garbage = new byte[random.Next(100)];
            random.NextBytes(garbage);
            using var socket = await RawHttp.ConnectAsync(_port);
            try
            {
                await socket.SendAsync(garbage, TestContext.Current.CancellationToken);
            }
            catch (SocketException)
            {
                // It was refused while it was still being sent.
            }
        }

        Assert.Equal(200, (await RawHttp.SendAsync(_port, Get)).Status);
        Assert.False(_run.IsCompleted);
    }

    [Fact]
    public async Task A_client_that_never_stops_sending_is_cut_off_without_any_time_passing()
    {
        using var socket = await RawHttp.ConnectAsync(_port, Get);
        var more = new byte[64 * 1024];
        var sent = 0;

        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            for (; sent < 1024; sent++)
            {
                await socket.SendAsync(more, TestContext.Current.CancellationToken);
            }
        });

        Assert.Equal(TimeSpan.Zero, _clock.Elapsed);
    }

    [Fact]
    public async Task A_client_that_does_not_take_its_answer_is_forgotten()
    {
        using var socket = await RawHttp.ConnectAsync(_port, Get);
        await _clock.WhenWaitingFor(TimeSpan.FromSeconds(5));
        var answer = new byte[1000];
        Assert.True(await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken) > 0);

        _clock.Advance(TimeSpan.FromSeconds(5));
        while (_clock.Waiting > 0)
        {
            await Task.Yield();
        }

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
    }

    /// <summary>A connection that is cut may end as one that is closed, or with a reset.</summary>
    private static async Task<string> ReadWhatThereIsAsync(Socket socket)
    {
        try
        {
            return await RawHttp.ReadToEndAsync(socket);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
