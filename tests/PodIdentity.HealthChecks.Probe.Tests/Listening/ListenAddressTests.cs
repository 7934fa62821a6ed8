using System.Net;
using PodIdentity.HealthChecks.Probe.Listening;

namespace PodIdentity.HealthChecks.Probe.Tests.Listening;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("8090", "[::]:8090")]
    [InlineData("127.0.0.1:8090", "127.0.0.1:8090")]
    [InlineData("0.0.0.0:1", "0.0.0.0:1")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    public void A_port_alone_is_every_address(string text, string endpoint)
    {
        Assert.True(ListenAddress.TryParse(text, out var parsed));
        Assert.Equal(endpoint, $"{parsed}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("+80")]
    [InlineData(":8090")]
    [InlineData("8090:")]
    [InlineData("127.0.0.1")]
    [InlineData("127.1:8090")]
    [InlineData("1:8090")]
    [InlineData("::1:8090")]
    [InlineData("[::1]")]
    [InlineData("[127.0.0.1]:8090")]
    [InlineData("localhost:8090")]
    [InlineData("http://127.0.0.1:8090")]
    public void Anything_else_is_wrong(string text) => Assert.False(ListenAddress.TryParse(text, out _));

    [Fact]
    public void Every_address_is_IPv4_as_well()
    {
        var port = RawHttp.FreePort();
        var (socket, problem) = ListenAddress.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        using (socket)
        {
            Assert.Null(problem);
            using var client = new System.Net.Sockets.TcpClient();
            client.Connect(IPAddress.Loopback, port);
            Assert.True(client.Connected);
        }
    }

    [Fact]
    public void A_port_that_is_in_use_is_said()
    {
        var (first, _) = ListenAddress.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using (first)
        {
            Assert.Equal((null, "the port is in use"), ListenAddress.Bind((IPEndPoint)first!.LocalEndPoint!));
        }
    }

    [Fact]
    public void An_address_of_somebody_else_is_said() =>
        Assert.Equal((null, "this pod does not have the address"), ListenAddress.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 8090)));
}
