using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;

namespace PodIdentity.HealthChecks.Testing.Tls;

/// <summary>The name that a connection was made for, by SNI; empty without one.</summary>
internal sealed record RequestedName(string Name);

/// <summary>TLS on the connections of a door. Kestrel's own takes the services of a host, of which there is none.</summary>
internal static class TlsConnections
{
    /// <param name="next">What is spoken over TLS.</param>
    /// <param name="certificateFor">The certificate for a name.</param>
    public static ConnectionDelegate Wrap(ConnectionDelegate next, Func<string, X509Certificate2> certificateFor) => async connection =>
    {
        var transport = connection.Transport;
        var tls = new SslStream(new TransportStream(transport));
        await using (tls.ConfigureAwait(false))
        {
            if (!await ShakeHandsAsync(tls, connection, certificateFor).ConfigureAwait(false))
            {
                connection.Abort();
                return;
            }

            var plain = new PlainTransport(PipeReader.Create(tls, new(leaveOpen: true)), PipeWriter.Create(tls, new(leaveOpen: true)));
            connection.Transport = plain;
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                await plain.Input.CompleteAsync().ConfigureAwait(false);
                await plain.Output.CompleteAsync().ConfigureAwait(false);
                connection.Transport = transport;
            }
        }
    };

    /// <returns>Whether the caller trusts the certificate, and has not left.</returns>
    private static async Task<bool> ShakeHandsAsync(SslStream tls, ConnectionContext connection, Func<string, X509Certificate2> certificateFor)
    {
        try
        {
            await tls.AuthenticateAsServerAsync(Select, state: null, connection.ConnectionClosed).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
        {
            return false;
        }

        ValueTask<SslServerAuthenticationOptions> Select(SslStream stream, SslClientHelloInfo hello, object? state, CancellationToken cancellationToken)
        {
            connection.Features.Set(new RequestedName(hello.ServerName));
            return new(new SslServerAuthenticationOptions { ServerCertificate = certificateFor(hello.ServerName) });
        }
    }

    private sealed record PlainTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
