extern alias probe;

using System.Globalization;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>Good manners, of every container of every strategy.</summary>
public sealed partial class MannersTests
{
    /// <summary>How long NMI goes on when its node is drained: its chart's terminationGracePeriodSeconds.</summary>
    private const int NmiGraceSeconds = 30;

    /// <summary>How long the sample serves requests after SIGTERM, its default <c>ShutdownDelay</c>, and how long its slowest one takes.</summary>
    private const int DrainSeconds = 5 + 10;

    private static readonly string Version = probe::PodIdentity.HealthChecks.Probe.Help.Version;

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Images_are_those_of_this_repository_in_its_version_or_public_ones(string strategy) => Assert.All(Overlay.Of(strategy).Pod.AllContainers, container =>
    {
        Assert.True(
            container.Image.Equals($"podidentity-probe:{Version}", StringComparison.Ordinal)
            || container.Image.Equals($"podidentity-webapp:{Version}", StringComparison.Ordinal)
            || container.Image.StartsWith("mcr.microsoft.com/", StringComparison.Ordinal),
            container.Image);
        Assert.Equal("IfNotPresent", container.ImagePullPolicy);
    });

    [Theory]
    [ClassData(typeof(Strategies))]
    public void No_container_is_root_or_can_become_it(string strategy)
    {
        var pod = Overlay.Of(strategy).Pod;

        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.True(pod.SecurityContext.RunAsUser > 0);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile?.Type);
        Assert.All(pod.AllContainers, container =>
        {
            var security = container.SecurityContext;
            var isThirdParty = container.Image.StartsWith("mcr.microsoft.com/", StringComparison.Ordinal);
            Assert.NotEqual(0, security.RunAsUser);
            Assert.NotEqual(false, security.RunAsNonRoot);
            Assert.NotEqual(true, security.Privileged);
            Assert.Null(security.SeccompProfile); // the pod's
            Assert.False(security.AllowPrivilegeEscalation);
            Assert.Equal(!isThirdParty, security.ReadOnlyRootFilesystem);
            Assert.Equal(["ALL"], security.Capabilities?.Drop);
            Assert.Equal(isThirdParty ? ["NET_BIND_SERVICE"] : [], security.Capabilities?.Add);
        });
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Every_container_says_what_it_needs_and_what_it_gets_at_most(string strategy) => Assert.All(Overlay.Of(strategy).Pod.AllContainers, container =>
    {
        foreach (var resource in new[] { "cpu", "memory" })
        {
            var request = Quantity(container.Resources.Requests[resource]);
            Assert.InRange(request, double.Epsilon, Quantity(container.Resources.Limits[resource]));
        }
    });

    [Theory]
    [ClassData(typeof(Strategies))]
    public void The_last_words_of_every_container_are_where_kubectl_describe_shows_them(string strategy) => Assert.All(
        Overlay.Of(strategy).Pod.AllContainers,
        container => Assert.Equal("FallbackToLogsOnError", container.TerminationMessagePolicy));

    [Theory]
    [ClassData(typeof(Strategies))]
    public void The_pod_has_the_time_to_finish_its_requests_and_is_gone_before_NMI_is(string strategy) =>
        Assert.InRange(Overlay.Of(strategy).Pod.TerminationGracePeriodSeconds ?? NmiGraceSeconds, DrainSeconds + 1, NmiGraceSeconds - 1);

    [Theory]
    [ClassData(typeof(Strategies))]
    public void A_rollout_leaves_all_replicas_in_service_and_a_database_alone(string strategy)
    {
        var spec = Overlay.Of(strategy).Deployment.Spec;
        var expected = strategy is "sidecar" ? (1, "Recreate", null, null) : (2, "RollingUpdate", "0", "1");

        Assert.Equal(expected, (spec.Replicas, spec.Strategy.Type, spec.Strategy.RollingUpdate?.MaxUnavailable, spec.Strategy.RollingUpdate?.MaxSurge));
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public async Task Who_asks_NMI_knows_its_node(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        foreach (var container in overlay.Pod.AllContainers)
        {
            var environment = overlay.EnvironmentOf(container);
            var asks = container.ProbeCommands.Any(words => new ProbeCommand(words, environment).NoticesNmi) || await AsksNmiItselfAsync(container, environment);
            var variable = container.Env.Find(v => v.Name is "HOST_IP");

            Assert.Equal(asks ? "status.hostIP" : null, variable?.ValueFrom?.FieldRef?.FieldPath);
        }
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void No_variable_is_used_before_it_is_defined(string strategy) => Assert.All(Overlay.Of(strategy).Pod.AllContainers, container =>
    {
        for (var i = 0; i < container.Env.Count; i++)
        {
            var defined = container.Env[..i].Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
            Assert.All(Reference().Matches(container.Env[i].Value ?? ""), use => Assert.Contains(use.Groups["name"].Value, defined));
        }
    });

    private static async Task<bool> AsksNmiItselfAsync(Container container, Dictionary<string, string> environment)
    {
        if (!container.Image.StartsWith("podidentity-webapp:", StringComparison.Ordinal))
        {
            return false;
        }

        await using var sample = Sample.Alone(environment);
        return (await sample.ChecksAtAsync("/health/ready"))!.Contains("nmi", StringComparer.Ordinal);
    }

    /// <summary>As much of Kubernetes' quantities as these manifests use.</summary>
    private static double Quantity(string text)
    {
        var (number, factor) = text switch
        {
            [.. var n, 'm'] => (n, 0.001),
            [.. var n, 'M', 'i'] => (n, 1024d * 1024),
            [.. var n, 'G', 'i'] => (n, 1024d * 1024 * 1024),
            _ => (text, 1),
        };
        return double.Parse(number, CultureInfo.InvariantCulture) * factor;
    }

    [GeneratedRegex("\\$\\((?<name>[A-Za-z0-9_]+)\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
