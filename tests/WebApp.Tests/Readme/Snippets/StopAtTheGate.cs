using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace WebApp.Tests.Readme.Snippets;

public class StopAtTheGate
{
    [Fact]
    public async Task A_stop_while_the_gate_waits_ends_quietly()
    {
        var builder = Hosts.InMemory();
        var asked = new TaskCompletionSource();
        builder.Services.AddHealthChecks().AddStartupGate().AddCheck(
            "never",
            () =>
            {
                asked.TrySetResult();
                return Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Unhealthy();
            },
            ["startup"]);
        var app = builder.Build();
        var lifetime = app.Lifetime;
        var stop = asked.Task.ContinueWith(_ => lifetime.StopApplication(), TaskScheduler.Default);

        var stopping = app.Lifetime.ApplicationStopping;
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The pod was deleted while the gate waited.
        }
        catch (TimeoutException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            Environment.ExitCode = 1;
        }

        await stop;
        Assert.True(stopping.IsCancellationRequested);
    }
}
