using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>A web application listens only when the gate is open.</summary>
public sealed class StartupGateWebTests
{
    [Fact]
    public async Task Kestrel_does_not_listen_until_the_checks_pass()
    {
        var clock = new ManualTimeProvider();
        var db = new ScriptedCheck(ScriptedCheck.Down);
        var port = FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddHealthChecks().AddCheck("db", db, tags: ["startup"]).AddStartupGate("startup");
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        app.MapGet("/", () => Results.Text("open"));

        var starting = app.StartAsync(TestContext.Current.CancellationToken);
        await clock.WhenWaitingFor(TimeSpan.FromSeconds(1)).OrHung();
        Assert.Equal(SocketError.ConnectionRefused, await ConnectAsync(port));

        db.Says(HealthCheckResult.Healthy());
        clock.Advance(TimeSpan.FromSeconds(1));
        await starting.OrHung();

        Assert.Equal(SocketError.Success, await ConnectAsync(port));
        using var client = new HttpClient();
        var address = Assert.Single(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses);
        Assert.Equal("open", await client.GetStringAsync(address, TestContext.Current.CancellationToken));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<SocketError> ConnectAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
