using System.Text;
using PodIdentity.HealthChecks.Probe.Listening;

namespace PodIdentity.HealthChecks.Probe.Tests.Listening;

/// <summary>What is read of a request, however it arrives.</summary>
public sealed class RequestHeadTests
{
    private const string Whole = "GET /readyz?verbose HTTP/1.1\r\nHost: 10.0.0.1:8090\r\nUser-Agent: kube-probe/1.34\r\naccept: application/json, text/plain;q=0.5\r\n\r\n";

    [Fact]
    public void A_kubelets_request_is_read()
    {
        var (request, refusal) = Read(Whole);

        Assert.Equal(0, refusal);
        Assert.Equal(new Request(false, "/readyz", "verbose", " application/json, text/plain;q=0.5"), request);
        Assert.True(request!.IsVerbose);
    }

    [Fact]
    public void It_is_neither_read_nor_refused_before_it_is_complete()
    {
        for (var length = 0; length < Whole.Length; length++)
        {
            Assert.Equal((null, 0), Read(Whole[..length]));
        }
    }

    [Fact]
    public void However_many_pieces_it_comes_in_they_cost_no_memory()
    {
        var whole = Encoding.Latin1.GetBytes(Whole);
        RequestHead.Read(whole.AsSpan(0, whole.Length - 1));
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var length = 0; length < whole.Length; length++)
        {
            RequestHead.Read(whole.AsSpan(0, length));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void HEAD_is_GET_without_a_body() => Assert.True(Read("HEAD / HTTP/1.0\r\n\r\n").Request!.IsHead);

    [Theory]
    [InlineData("POST /readyz HTTP/1.1\r\n", 405)]
    [InlineData("OPTIONS /readyz HTTP/1.1\r\n", 405)]
    [InlineData("get /readyz HTTP/1.1\r\n", 400)]
    [InlineData("GET  /readyz HTTP/1.1\r\n", 400)]
    [InlineData("GET readyz HTTP/1.1\r\n", 400)]
    [InlineData("GET http://10.0.0.1/readyz HTTP/1.1\r\n", 400)]
    [InlineData("GET /readyz\r\n", 400)]
    [InlineData("GET /readyz HTTP/2.0\r\n", 400)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400)]
    [InlineData("\r\nGET /readyz HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /\u0000 HTTP/1.1\r\n", 400)]
    [InlineData("GET /readyz HTTP/1.1\n\n", 400)]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000", 400)]
    [InlineData("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n: nameless\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost : space\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\nAccept: b\r\n\r\n", 400)]
    public void Anything_else_is_refused_as_soon_as_it_is_seen(string text, int status) => Assert.Equal((null, status), Read(text));

    [Theory]
    [InlineData(RequestHead.MaxBytes, 0)]
    [InlineData(RequestHead.MaxBytes + 1, 431)]
    public void Headers_have_a_limit(int length, int refusal)
    {
        const string Start = "GET / HTTP/1.1\r\nX: ";
        var text = $"{Start}{new string('x', length - Start.Length - 4)}\r\n\r\n";

        var (request, refused) = Read(text[..Math.Min(length, RequestHead.MaxBytes)]);

        Assert.Equal((refusal is 0, refusal), (request is not null, refused));
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("text/html, APPLICATION/JSON;q=0.9", true)]
    [InlineData("application/json;q=0.05", true)]
    [InlineData("application/json; q=0", false)]
    [InlineData("application/json;q=0.000", false)]
    [InlineData("application/jsonp", false)]
    [InlineData("*/*", false)]
    [InlineData("", false)]
    public void A_media_type_is_sent_to_who_names_it(string accept, bool isWanted) =>
        Assert.Equal(isWanted, new Request(false, "/", "", accept).Accepts("application/json"));

    [Theory]
    [InlineData("verbose", true)]
    [InlineData("a=b&verbose", true)]
    [InlineData("verbosely", false)]
    [InlineData("", false)]
    public void A_query_may_ask_for_everything(string query, bool isVerbose) => Assert.Equal(isVerbose, new Request(false, "/", query, "").IsVerbose);

    [Fact]
    public void No_bytes_break_it()
    {
        var random = new Random(1);
        var alphabet = "GET /HEAD:\r\n\t HTTP/1.1\u0000\u00ff?&,;q=0."u8.ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = random.GetItems(alphabet, random.Next(200));
            var (request, refusal) = RequestHead.Read(bytes);

            Assert.True(request is null || refusal is 0);
            Assert.Contains(refusal, new[] { 0, 400, 405 });
        }
    }

    private static (Request? Request, int Refusal) Read(string text) => RequestHead.Read(Encoding.Latin1.GetBytes(text));
}
