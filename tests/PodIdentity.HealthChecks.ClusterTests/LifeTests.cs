using PodIdentity.HealthChecks.ClusterTests.Cluster;
using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>How pods of the samples end and begin anew. Nothing here depends on the node's state, so these run beside the matrix.</summary>
public sealed class LifeTests
{
    private const int RequestsPerSecond = 40;
    private const int Requests = 60 * RequestsPerSecond;

    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(4);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Two_rollouts_lose_none_of_forty_requests_a_second() => RunAsync("rolling", async (settings, kubectl, @namespace) =>
    {
        await RunAsync("rollout", "status", "deployment/app", "--timeout=120s");
        await RunAsync(
            "run", "load", $"--image={settings.ImagePrefix}curlimages/curl:8.10.1", "--image-pull-policy=IfNotPresent", "--restart=Never", "--command", "--",
            "curl", "--silent", "--rate", $"{RequestsPerSecond}/s", "--max-time", "10", "--header", "Connection: close", "--output", "/dev/null",
            "--write-out", "%{http_code}\\n", $"http://app/health/live?[1-{Requests}]");
        await RunAsync("wait", "--for=condition=Ready", "pod/load", "--timeout=60s");
        for (var rollout = 0; rollout < 2; rollout++)
        {
            await RunAsync("rollout", "restart", "deployment/app");
            await RunAsync("rollout", "status", "deployment/app", "--timeout=120s");
        }

        var codes = (await RunAsync("logs", "--follow", "load")).Split('\n', StringSplitOptions.RemoveEmptyEntries).CountBy(code => code, StringComparer.Ordinal);
        Assert.Equal([new("200", Requests)], codes);

        Task<string> RunAsync(params IEnumerable<string> arguments) => kubectl.RunAsync(Cancellation, ["-n", @namespace, .. arguments]);
    });

    [Fact]
    public Task A_pod_that_is_held_back_lives_again_and_again_and_each_life_ends_with_the_reason() => RunAsync("second-life", async (_, kubectl, @namespace) =>
    {
        await using var watch = new PodWatch(kubectl, TimeProvider.System);
        Assert.True(await watch.WhenAsync(() => watch.Latest(@namespace) is { Restarts: >= 3 }, MaxWait, Cancellation), $"{watch.Latest(@namespace)}");

        var pods = await kubectl.GetAsync(Cancellation, "-n", @namespace, "pods");
        var last = pods.GetProperty("items")[0].GetProperty("status").GetProperty("containerStatuses")[0].GetProperty("lastState").GetProperty("terminated");
        Assert.Equal(1, last.GetProperty("exitCode").GetInt32());
        Assert.Contains("WorkloadIdentityNotInjected", last.GetProperty("message").GetString(), StringComparison.Ordinal);
        var events = await kubectl.RunAsync(Cancellation, "-n", @namespace, "get", "events");
        Assert.DoesNotContain("failed startup probe, will be restarted", events, StringComparison.Ordinal);
    });

    private static async Task RunAsync(string name, Func<ClusterSettings, Kubectl, string, Task> test)
    {
        Assert.SkipUnless(ClusterSettings.AreAskedFor, ClusterSettings.HowToGetOne);
        var settings = ClusterSettings.FromEnvironment();
        var kubectl = new Kubectl(settings);
        var @namespace = $"podidentity-{name}";
        var own = new OwnNamespaces(kubectl, [@namespace]);
        await own.CreateAsync(Cancellation);
        try
        {
            await kubectl.ApplyAsync(Path.Combine(Strategy.Manifests, "Lives", name), @namespace, Cancellation);
            await test(settings, kubectl, @namespace);
        }
        catch (InvalidOperationException)
        {
            TestContext.Current.SendDiagnosticMessage(await new PodLogs(kubectl).LastWordsAsync(@namespace, Cancellation));
            throw;
        }
        finally
        {
            await own.DeleteAsync(CancellationToken.None);
        }
    }
}
