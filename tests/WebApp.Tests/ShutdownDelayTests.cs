using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace WebApp.Tests;

/// <summary>The sample's last seconds. <see cref="SampleProcessTests"/> has those of a process that gets SIGTERM.</summary>
public sealed class ShutdownDelayTests
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", 5)]
    [InlineData("ShutdownDelay=00:00:08", 8)]
    public async Task It_fails_readiness_and_serves_requests_until_the_delay_is_over(string setting, int seconds)
    {
        await using var pod = InMode("Production", setting);
        using var client = pod.CreateClient();
        Assert.Equal(HttpStatusCode.OK, await AskAsync("/health/ready"));

        var stopping = StopAsync(LifetimeOf(pod));
        await _time.WhenWaitingFor(TimeSpan.FromSeconds(seconds));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync("/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("/health/live"));
        _time.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await stopping;

        async Task<HttpStatusCode> AskAsync(string path)
        {
            using var response = await client.GetAsync(path, Cancellation);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task On_a_laptop_it_stops_at_once()
    {
        await using var laptop = InMode("Development");

        var stopping = StopAsync(LifetimeOf(laptop));

        Assert.Same(stopping, await Task.WhenAny(stopping, _time.WhenWaiting(_ => true)));
    }

    /// <summary>As SIGTERM does.</summary>
    private static Task StopAsync(IHostApplicationLifetime sample) => Task.Run(sample.StopApplication, Cancellation);

    private static IHostApplicationLifetime LifetimeOf(WebApplicationFactory<Program> sample) => sample.Services.GetRequiredService<IHostApplicationLifetime>();

    private WebApplicationFactory<Program> InMode(string environment, string setting = "") => new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
    {
        builder.UseEnvironment(environment).UseSetting("Guard", "None").ConfigureServices(services => services.AddSingleton<TimeProvider>(_time));
        if (setting.Split('=') is [var name, var value])
        {
            builder.UseSetting(name, value);
        }
    });
}
