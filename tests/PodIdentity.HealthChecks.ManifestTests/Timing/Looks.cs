using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests.Timing;

/// <summary>Finds out how the probes of an overlay look at NMI.</summary>
internal sealed class Looks(Overlay overlay, Sample? sample)
{
    /// <summary>Finds the probe that is the first to fail, and how it looks.</summary>
    /// <returns><see langword="null"/>: none looks.</returns>
    public async Task<(Probe Probe, Look Look)?> FirstAsync(Func<Container, Probe?> which)
    {
        (Probe Probe, Look Look)? first = null;
        foreach (var container in overlay.Pod.Running)
        {
            if (which(container) is not { } probe)
            {
                continue;
            }

            foreach (var look in await OfAsync(container, probe))
            {
                if (first is not { } other || Detection.Latest(probe, look, isSilent: false) < Detection.Latest(other.Probe, other.Look, isSilent: false))
                {
                    first = (probe, look);
                }
            }
        }

        return first;
    }

    /// <summary>How long a probe takes at most: the deadline of what it runs.</summary>
    public async Task<TimeSpan> DeadlineAsync(Container container, Probe probe) =>
        probe.Exec is { } exec ? new ProbeCommand(exec.Command[1..], overlay.EnvironmentOf(container)).Deadline
        : WatchAskedBy(container, probe) is not null ? TimeSpan.Zero
        : probe.HttpGet is { } http ? (await OptionsAtAsync(http.Path)).Select(CheckTimes.DeadlineOf).DefaultIfEmpty().Max()
        : TimeSpan.Zero;

    private async Task<IEnumerable<Look>> OfAsync(Container container, Probe probe)
    {
        if (WatchAskedBy(container, probe) is { } watch)
        {
            return !watch.NoticesNmi ? [] : [new Look { Lag = watch.LongestPause, SilentLag = watch.NoticesSilence }];
        }

        if (probe.HttpGet is { } http)
        {
            var all = (await OptionsAtAsync(http.Path)).ToArray();
            return all.Where(NoticesNmi).Select(options => new Look
            {
                // The checks of an endpoint run side by side, and it answers when the last one has.
                Deadline = all.Select(CheckTimes.DeadlineOf).Max(),
                Kept = CheckTimes.Longest(options.ResultLifetime),
                Grace = options.FailureGracePeriod,
            });
        }

        return probe.Exec is null ? [] : [new Look { Deadline = new ProbeCommand(probe.Exec.Command[1..], overlay.EnvironmentOf(container)).NoticesSilence }];
    }

    /// <returns>The watch that listens where the probe asks, if one does.</returns>
    private ProbeCommand? WatchAskedBy(Container container, Probe probe) => probe.HttpGet is not { } http ? null : overlay.Pod.Running
        .SelectMany(c => c.ProbeCommands.Select(words => new ProbeCommand(words, overlay.EnvironmentOf(c))))
        .SingleOrDefault(c => c.ListensOn is { } port && port == http.NumberIn(container));

    /// <summary>A check of the token notices when somebody else than NMI answers; without NMI in the cluster there is nothing to notice.</summary>
    private static bool NoticesNmi(HealthCheckTimingOptions options) =>
        options is NmiHealthCheckOptions or PodIdentityHealthCheckOptions { RequiredResponder: PodIdentityResponder.Nmi };

    private async Task<IEnumerable<HealthCheckTimingOptions>> OptionsAtAsync(string path) =>
        (await sample!.ChecksAtAsync(path) ?? throw new InvalidOperationException($"The sample has no {path}.")).Select(sample.OptionsOf).OfType<HealthCheckTimingOptions>();
}
