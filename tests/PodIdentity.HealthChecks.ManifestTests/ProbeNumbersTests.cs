using PodIdentity.HealthChecks.ManifestTests.Manifests;
using PodIdentity.HealthChecks.ManifestTests.Timing;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>The numbers of the probes, beside what the probes run.</summary>
public sealed class ProbeNumbersTests
{
    [Theory]
    [ClassData(typeof(Strategies))]
    public async Task The_kubelet_waits_for_longer_than_what_it_runs_may_take(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        await using var sample = Sample.Alone(overlay.EnvironmentOf(overlay.App));
        var looks = new Looks(overlay, sample);
        foreach (var container in overlay.Pod.Running)
        {
            foreach (var probe in container.Probes)
            {
                Assert.True(TimeSpan.FromSeconds(probe.TimeoutSeconds) > await looks.DeadlineAsync(container, probe), $"{container.Name}: {probe.TimeoutSeconds} s");
            }
        }
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Every_application_has_all_three_probes(string strategy) => Assert.Equal(3, Overlay.Of(strategy).App.Probes.Count());

    [Theory]
    [ClassData(typeof(Strategies))]
    public async Task Every_path_that_is_asked_exists_in_the_sample(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        await using var sample = Sample.Alone(overlay.EnvironmentOf(overlay.App));

        foreach (var path in overlay.App.Probes.Select(p => p.HttpGet).OfType<HttpGet>().Where(h => h.NumberIn(overlay.App) == overlay.App.Ports[0].Number).Select(h => h.Path))
        {
            Assert.NotNull(await sample.ChecksAtAsync(path));
        }

        Assert.Null(await sample.ChecksAtAsync("/health/nothing"));
    }

    [Theory]
    [InlineData("identity-in-code")]
    [InlineData("nmi-in-code")]
    [InlineData("workload-identity-in-code")]
    public async Task The_startup_probe_outlasts_ten_lives_that_the_start_up_gate_ends(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        await using var sample = Sample.Alone(overlay.EnvironmentOf(overlay.App));
        var probe = overlay.App.StartupProbe!;

        // A kubelet does not begin to count anew when the container has ended by itself.
        Assert.True(probe.Period * (probe.FailureThreshold - 1) > 10 * sample.GateOptions.Timeout);
    }

    [Fact]
    public void A_native_sidecar_may_hold_the_application_back_for_half_an_hour()
    {
        var probe = Overlay.Of(Overlay.NativeSidecar).Pod.Running.Single(c => c.IsNativeSidecar).StartupProbe!;

        Assert.Equal(TimeSpan.FromMinutes(30), probe.Period * probe.FailureThreshold);
    }

    [Theory]
    [InlineData("workload-identity-in-code", "app")]
    [InlineData("workload-identity-sidecar", "identity")]
    public void One_refusal_by_Entra_leaves_a_pod_in_the_Service(string strategy, string container) =>
        Assert.Equal(3, Overlay.Of(strategy).Pod.Containers.Single(c => string.Equals(c.Name, container, StringComparison.Ordinal)).ReadinessProbe!.FailureThreshold);

    [Theory]
    [ClassData(typeof(Strategies))]
    public async Task A_pod_leaves_the_Service_within_two_probe_periods_if_it_ever_does(string strategy)
    {
        var times = await StrategyTimes.OfAsync(strategy);

        Assert.Equal(Overlay.IsOfWorkloadIdentity(strategy) || strategy.EndsWith("-init-container", StringComparison.Ordinal), times.OutOfService is null);
        Assert.True(times.OutOfService is null || times.OutOfService <= 2 * times.ReadinessPeriod, times.Row);
    }

    [Theory]
    [InlineData("identity-in-code")]
    [InlineData("nmi-in-code")]
    public async Task A_check_in_code_takes_the_pod_out_in_that_time_even_if_NMI_is_silent(string strategy)
    {
        var times = await StrategyTimes.OfAsync(strategy);

        Assert.True(times.OutOfServiceIfSilent <= 2 * times.ReadinessPeriod, times.Row);
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public async Task Nothing_is_restarted_before_NMI_has_been_gone_for_minutes(string strategy)
    {
        var times = await StrategyTimes.OfAsync(strategy);

        Assert.True(times.Spared is null || times.Spared > TimeSpan.FromMinutes(4), times.Row);
    }

    [Fact]
    public async Task The_README_quotes_the_times_that_the_manifests_give()
    {
        var rows = new List<string>();
        foreach (var strategy in Overlay.Strategies)
        {
            rows.Add((await StrategyTimes.OfAsync(strategy)).Row);
        }

        var table = $"{StrategyTimes.Header}\n{string.Join('\n', rows)}\n";
        var readme = await File.ReadAllTextAsync(Path.Combine(Overlay.Folder, "README.md"), TestContext.Current.CancellationToken);

        Assert.True(readme.Contains(table, StringComparison.Ordinal), $"The README of the manifests must hold:\n{table}");
    }
}
