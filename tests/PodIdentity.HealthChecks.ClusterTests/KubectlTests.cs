using PodIdentity.HealthChecks.ClusterTests.Cluster;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>What a run asks of a cluster, which may be anybody's: a script in the place of kubectl writes it down.</summary>
public sealed class KubectlTests : IDisposable
{
    private readonly string _asked = Path.GetTempFileName();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_asked);

    [Fact]
    public async Task Nothing_is_deleted_outside_of_the_namespaces_of_the_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no sh.");
        var namespaces = new OwnNamespaces(Answering($"echo \"$*\" >>'{_asked}'"), ["podidentity-node", "podidentity-a", "podidentity-b"]);

        await namespaces.CreateAsync(Cancellation);
        await namespaces.DeletePodsAsync(except: "podidentity-node", Cancellation);
        await namespaces.DeleteAsync(Cancellation);

        Assert.Equal(
            [
                "-n podidentity-a delete pods --all --wait=false",
                "-n podidentity-b delete pods --all --wait=false",
                "create namespace podidentity-a",
                "create namespace podidentity-b",
                "create namespace podidentity-node",
                "delete namespace --ignore-not-found --wait=false podidentity-node podidentity-a podidentity-b",
                "delete namespace --ignore-not-found podidentity-node podidentity-a podidentity-b",
            ],
            (await File.ReadAllLinesAsync(_asked, Cancellation)).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_last_words_of_what_does_not_start_are_read_from_every_container_and_from_the_events()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no sh.");
        var logs = new PodLogs(Answering(
            """
            case "$*" in
              *"pods -o json") echo '{"items": [{
                "metadata": {"namespace": "podidentity-a", "name": "app-1"},
                "spec": {"initContainers": [{"name": "identity"}], "containers": [{"name": "app"}]}}]}' ;;
              "-n podidentity-a logs app-1 -c identity --prefix --tail=20") echo 'IdentityNotBound' ;;
              *"-c app"*) exit 1 ;;
              *"get events"*) echo 'BackOff' ;;
            esac
            """));

        var words = await logs.LastWordsAsync("podidentity-a", Cancellation);

        Assert.Equal("IdentityNotBound\n\napp has no log yet.\nBackOff\n", words);
    }

    private static Kubectl Answering(string script) => new(new ClusterSettings
    {
        Kubectl = ["sh", "-c", script, "kubectl"],
        Builder = ["false"],
        Node = ["false"],
        ImagePrefix = "",
    });
}
