using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>A Prometheus of this test's own, which scrapes every second, and lets an alert fire a second after its condition holds.</summary>
internal sealed partial class PrometheusServer : IAsyncDisposable
{
    /// <summary>Only what never comes takes so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly string _folder = Directory.CreateTempSubdirectory("prometheus-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly Process _process;
    private readonly Task<string> _log;

    private PrometheusServer(string file, IPEndPoint target)
    {
        var rules = Path.Combine(_folder, "rules.yaml");
        var configuration = Path.Combine(_folder, "prometheus.yaml");
        var here = FreeAddress();
        File.WriteAllText(rules, For().Replace(Operators.Read("rules.yaml"), "for: 1s"));
        File.WriteAllText(configuration, Scrape.Configuration(target, rules).Replace("interval: 15s", "interval: 1s", StringComparison.Ordinal));
        _process = Process.Start(new ProcessStartInfo(
            file, [$"--config.file={configuration}", $"--storage.tsdb.path={_folder}", $"--web.listen-address={here}", "--log.level=warn"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        _log = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        _http.BaseAddress = new Uri($"http://{here}");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static PrometheusServer StartOrSkip(IPEndPoint target) => new(PrometheusTool.FindOrSkip("prometheus"), target);

    /// <summary>It is somebody else's only if that one takes it within the moment until it is used.</summary>
    public static IPEndPoint FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    /// <summary>Waits until a query has a result.</summary>
    public Task<JsonElement[]> QueryAsync(string query) => UntilAsync(
        $"/api/v1/query?query={Uri.EscapeDataString(query)}", data => data.GetProperty("result").EnumerateArray().ToArray(), result => result.Length > 0);

    public Task<JsonElement[]> FiringAsync(string alert, Func<JsonElement[], bool> condition) => UntilAsync(
        "/api/v1/alerts",
        data => data.GetProperty("alerts").EnumerateArray()
            .Where(a => a.GetProperty("state").GetString() is "firing" && alert.Equals(a.GetProperty("labels").GetProperty("alertname").GetString(), StringComparison.Ordinal))
            .ToArray(),
        condition);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<JsonElement[]> UntilAsync(string path, Func<JsonElement, JsonElement[]> read, Func<JsonElement[], bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, Cancellation);
        var last = "nothing";
        while (!_process.HasExited)
        {
            try
            {
                last = await _http.GetStringAsync(path, end.Token);
                if (read(JsonElement.Parse(last).GetProperty("data")) is var found && condition(found))
                {
                    return found;
                }
            }
            catch (HttpRequestException e)
            {
                last = e.Message; // it is not there yet
            }
            catch (OperationCanceledException e) when (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"{path} has not answered what was waited for: {last}", e);
            }

            await Task.Delay(Pause, TimeProvider.System, Cancellation);
        }

        throw new InvalidOperationException($"Prometheus ended: {await _log}");
    }

    [GeneratedRegex(@"for: \w+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex For();
}
