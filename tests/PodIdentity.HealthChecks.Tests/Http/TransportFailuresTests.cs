using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tests.Attack;

namespace PodIdentity.HealthChecks.Tests.Http;

/// <summary>Why a real TLS connection did not come about.</summary>
public sealed class TransportFailuresTests
{
    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_not_trusted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(TransportFailure.Untrusted, await ConnectAsync(async stream =>
        {
            await using var tls = new SslStream(stream, leaveInnerStreamOpen: true);
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, TestContext.Current.CancellationToken);
                await tls.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            });
        }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\x15\x03\x03\x00\x02\x02\x70")] // The alert "unrecognized_name".
    public async Task A_handshake_that_ends_otherwise_says_nothing_of_a_certificate(string answer) =>
        Assert.Equal(TransportFailure.Broken, await AskAsync(answer));

    [Fact]
    public async Task Who_speaks_no_TLS_has_no_certificate_either() =>
        Assert.Equal(TransportFailure.Untrusted, await AskAsync("HTTP/1.1 400 Bad Request\r\n\r\n"));

    [Fact]
    public async Task A_proxy_that_ends_the_connection_is_connected_to_twice_at_most()
    {
        var connections = 0;
        await using var server = new RawServer(async connection =>
        {
            Interlocked.Increment(ref connections);
            await connection.ReadRequestAsync();
        });
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy(server.Address);
        try
        {
            using var client = DirectHttp.CreateClient(DirectHttp.CreateHandler());
            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("https://entra.test/", TestContext.Current.CancellationToken));

            Assert.Equal((TransportFailure.Broken, 2), (TransportFailures.From(failure), connections));
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    private static Task<TransportFailure> AskAsync(string answer) =>
        ConnectAsync(async stream =>
        {
            await stream.ReadExactlyAsync(new byte[8], TestContext.Current.CancellationToken);
            await stream.WriteAsync(answer.Select(c => (byte)c).ToArray(), TestContext.Current.CancellationToken);
        });

    private static async Task<TransportFailure> ConnectAsync(Func<Stream, Task> serve)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = DirectHttp.CreateClient(DirectHttp.CreateHandler());
        var asking = client.GetAsync($"https://{listener.LocalEndpoint}/", TestContext.Current.CancellationToken);
        using (var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await serve(connection.GetStream());
            connection.Client.Shutdown(SocketShutdown.Send);
            await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        }

        return TransportFailures.From(await Assert.ThrowsAsync<HttpRequestException>(() => asking));
    }
}
