using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Testing.Tls;

namespace PodIdentity.HealthChecks.Testing.Hosting;

/// <summary>Kestrel without a host: doors and one handler.</summary>
internal sealed class SimulatorServer : IAsyncDisposable
{
    private readonly KestrelServer _server;

    private SimulatorServer(KestrelServer server) => _server = server;

    public static async Task<SimulatorServer> StartAsync(RequestDelegate handler, IReadOnlyList<Door> doors, CancellationToken cancellationToken)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MinResponseDataRate = null; // a slow drip is one of the faults
        foreach (var door in doors)
        {
            options.Listen(door.EndPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (door.CertificateFor is { } certificateFor)
                {
                    ((IConnectionBuilder)listen).Use(next => TlsConnections.Wrap(next, certificateFor));
                }
            });
        }

        var server = new KestrelServer(Options.Create(options), new DoorFactory(doors), NullLoggerFactory.Instance);
        await server.StartAsync(new Application(handler), cancellationToken).ConfigureAwait(false);
        return new SimulatorServer(server);
    }

    public async ValueTask DisposeAsync()
    {
        // No grace for open requests: some would never end.
        await _server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _server.Dispose();
    }

    private sealed class Application(RequestDelegate handler) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => handler(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            // The context owns nothing.
        }
    }
}
