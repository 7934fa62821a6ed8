using Azure.Core;

namespace PodIdentity.HealthChecks.Tests.Support;

/// <summary>A container with checks that ask a simulated node, and the health report as the framework makes it.</summary>
internal sealed class CheckedPod : IAsyncDisposable
{
    public const string Identity = "pod_identity";
    public const string Nmi = "nmi";

    private readonly ServiceProvider _services;

    private CheckedPod(ServiceProvider services) => _services = services;

    public IServiceProvider Services => _services;

    public static CheckedPod Create(Action<IHealthChecksBuilder> add, TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();

        // A clock that stands still: no deadline comes on a slow machine, unless a test moves it.
        services.AddSingleton(time ?? new ManualTimeProvider());
        add(services.AddHealthChecks());
        return new CheckedPod(services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
    }

    /// <summary>With the identity check, which asks the node at every call: nothing is reused unless a test says so.</summary>
    public static CheckedPod WithIdentity(
        PodIdentitySimulator node, Action<PodIdentityHealthCheckOptions>? configure = null, TimeProvider? time = null) =>
        Create(checks => checks.AddPodIdentity(Options(node, configure)), time);

    public static CheckedPod WithCredential(
        TokenCredential credential, Action<PodIdentityHealthCheckOptions>? configure = null, TimeProvider? time = null) =>
        Create(checks => checks.AddPodIdentity(_ => credential, Options(node: null, configure)), time);

    public static CheckedPod WithNmi(PodIdentitySimulator node, Action<NmiHealthCheckOptions>? configure = null, TimeProvider? time = null) =>
        Create(
            checks => checks.AddNmiHealth(o =>
            {
                o.Endpoint = node.NmiHealthEndpoint;
                o.MetadataAddress = node.MetadataAddress;
                AskEveryTime(o);
                configure?.Invoke(o);
            }),
            time);

    public static Action<PodIdentityHealthCheckOptions> Options(
        PodIdentitySimulator? node, Action<PodIdentityHealthCheckOptions>? configure = null) => o =>
        {
            o.TokenEndpoint = node?.TokenEndpoint;
            o.NmiHealthEndpoint = node?.NmiHealthEndpoint;
            AskEveryTime(o);
            configure?.Invoke(o);
        };

    public static void AskEveryTime(HealthCheckTimingOptions options)
    {
        options.ResultLifetime = TimeSpan.Zero;
        options.FailureLifetime = TimeSpan.Zero;
    }

    /// <summary>One run of all checks, of which there is one.</summary>
    public Task<HealthReportEntry> CheckAsync() => CheckUntilAsync(TestContext.Current.CancellationToken);

    public async Task<HealthReportEntry> CheckUntilAsync(CancellationToken cancellationToken)
    {
        var report = await Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(cancellationToken);
        return Assert.Single(report.Entries).Value;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
