using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tests.Attack;

namespace PodIdentity.HealthChecks.Tests.Http;

/// <summary>Real TLS connections to servers with certificates of every kind.</summary>
public sealed class TrustTests : IDisposable
{
    private const string Name = "entra.test";
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _authority = MakeAuthority();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_server_is_trusted_that_the_authority_vouches_for()
    {
        using var server = Issue(_authority);

        Assert.True(await ConnectAsync(server, [], _authority));
    }

    [Fact]
    public async Task So_is_one_that_it_vouches_for_by_an_intermediate_that_the_server_sends()
    {
        using var between = MakeAuthority("CN=between", _authority);
        using var server = Issue(between);

        Assert.True(await ConnectAsync(server, [between], _authority));
    }

    [Fact]
    public async Task An_authority_that_only_bears_the_same_name_vouches_for_nobody()
    {
        using var other = MakeAuthority();
        using var server = Issue(_authority);

        Assert.False(await ConnectAsync(server, [], other));
    }

    [Fact]
    public async Task A_certificate_that_is_for_another_name_or_another_use_or_has_expired_is_not_trusted()
    {
        using var ofAnother = Issue(_authority, "other.test");
        using var ofClient = Issue(_authority, use: "1.3.6.1.5.5.7.3.2");
        using var ofThePast = Issue(_authority, end: Start.AddDays(1));

        Assert.False(await ConnectAsync(ofAnother, [], _authority));
        Assert.False(await ConnectAsync(ofClient, [], _authority));
        Assert.False(await ConnectAsync(ofThePast, [], _authority));
    }

    [Fact]
    public async Task Nobody_is_asked_for_the_issuer_that_a_certificate_names()
    {
        var asked = 0;
        await using var web = new RawServer(_ =>
        {
            Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        });
        using var unknown = MakeAuthority("CN=unknown");
        using var server = Issue(unknown, issuer: new Uri(web.Address, "/ca.crt"));

        Assert.False(await ConnectAsync(server, [], _authority));
        Assert.Equal(0, asked);
    }

    private static async Task<bool> ConnectAsync(X509Certificate2 certificate, X509Certificate2Collection between, X509Certificate2 authority)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
#pragma warning disable CA2025 // It is awaited before they are disposed.
        var serving = ServeAsync(listener, certificate, between);
#pragma warning restore CA2025
        using var connection = new TcpClient();
        await connection.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(connection.GetStream());
        var options = new SslClientAuthenticationOptions { TargetHost = Name };
        options.TrustOnly(_ => [authority]);
        try
        {
            await stream.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
            return true;
        }
        catch (AuthenticationException)
        {
            return false;
        }
        finally
        {
            connection.Close();
            await serving;
        }
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate, X509Certificate2Collection between)
    {
        using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = new SslStream(connection.GetStream());
        var context = SslStreamCertificateContext.Create(certificate, between, offline: true);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificateContext = context }, TestContext.Current.CancellationToken);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            // The client has gone: it is asked what it thinks.
        }
    }

    private static X509Certificate2 MakeAuthority(string name = "CN=authority", X509Certificate2? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return issuer is null ? request.CreateSelfSigned(Start, End) : WithKey(request.Create(issuer, Start, End, [1, 2]), key);
    }

    private static X509Certificate2 Issue(
        X509Certificate2 authority, string name = Name, string use = "1.3.6.1.5.5.7.3.1", DateTimeOffset? end = null, Uri? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        if (issuer is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [issuer.AbsoluteUri]));
        }

        return WithKey(request.Create(authority, Start, end ?? End, [1]), key);
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, ECDsa key)
    {
        using (certificate)
        {
            return certificate.CopyWithPrivateKey(key);
        }
    }
}
