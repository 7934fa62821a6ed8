using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>A host behind a gate, on a clock that is moved by hand, with a hosted service that tells whether it was started.</summary>
internal sealed class GatedHost : IDisposable
{
    private readonly IHost _host;
    private readonly CancellationTokenSource _abort = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private GatedHost(IHost host, ManualTimeProvider clock, CollectedLog log, Worker worker)
    {
        _host = host;
        (Clock, Log, Worker) = (clock, log, worker);
    }

    public ManualTimeProvider Clock { get; }

    public CollectedLog Log { get; }

    public Worker Worker { get; }

    public IServiceProvider Services => _host.Services;

    /// <summary>The start of the host, under way or over.</summary>
    public Task Starting { get; private set; } = Task.CompletedTask;

    public static GatedHost Create(
        Action<IHealthChecksBuilder> add,
        Action<HostOptions>? configure = null,
        ManualTimeProvider? clock = null,
        params (string Key, string? Value)[] settings)
    {
        clock ??= new ManualTimeProvider();
        var log = new CollectedLog();
        var worker = new Worker();
        var host = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        host.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal));
        host.Logging.SetMinimumLevel(LogLevel.Information).AddProvider(log);
        host.Services.AddSingleton<TimeProvider>(clock);
        host.Services.Configure(configure ?? (_ => { }));

        // Ahead of the gate, as in an application that adds its health checks last.
        host.Services.AddSingleton<IHostedService>(worker);
        add(host.Services.AddHealthChecks());
        return new GatedHost(host.Build(), clock, log, worker);
    }

    public GatedHost Start()
    {
        Starting = _host.StartAsync(_abort.Token);
        return this;
    }

    public Task AbortAsync() => _abort.CancelAsync();

    /// <summary>Completes when the gate pauses for exactly this long.</summary>
    public async Task PausesForAsync(double seconds)
    {
        var pausing = Clock.WhenWaitingFor(TimeSpan.FromSeconds(seconds));
        if (await Task.WhenAny(pausing, Starting).OrHung() == Starting)
        {
            await Starting;
            Assert.Fail($"The host started without a pause of {seconds} s.");
        }
    }

    /// <summary>Lets the gate's pause of exactly this long pass.</summary>
    public async Task PauseAsync(double seconds)
    {
        await PausesForAsync(seconds);
        Clock.Advance(TimeSpan.FromSeconds(seconds));
    }

    public async Task<TException> FailsAsync<TException>()
        where TException : Exception => await Assert.ThrowsAnyAsync<TException>(() => Starting.OrHung());

    public void Dispose()
    {
        _host.Dispose();
        _abort.Dispose();
    }
}
