using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>An answer as it came over the wire.</summary>
internal sealed record Reply(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A claim of the token within.</summary>
    public JsonElement Claim(string name)
    {
        var payload = JsonElement.Parse(Body).GetProperty("access_token").GetString()!.Split('.')[1];
        return JsonElement.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload)).GetProperty(name);
    }
}

/// <summary>A plain HTTP client that adds nothing of its own.</summary>
internal static class Ask
{
    public const string Query = "?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F";

    /// <summary>A client with its own connections, from an address of one's choice.</summary>
    public static HttpClient Client(IPAddress? source = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(source ?? IPAddress.Loopback, 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public static async Task<Reply> AskAsync(this HttpClient client, Uri uri, params IEnumerable<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new(
            (int)response.StatusCode,
            response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
                .ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A request on a connection of its own.</summary>
    public static Task<Reply> OnceAsync(Uri uri, params IEnumerable<(string Name, string Value)> headers) =>
        OnceFromAsync(IPAddress.Loopback, uri, headers);

    /// <summary>A request on a connection of its own, from an address of one's choice.</summary>
    public static async Task<Reply> OnceFromAsync(IPAddress source, Uri uri, params IEnumerable<(string Name, string Value)> headers)
    {
        using var client = Client(source);
        return await client.AskAsync(uri, headers);
    }

    /// <summary>A token request on a connection of its own.</summary>
    public static Task<Reply> TokenAsync(PodIdentitySimulator simulator, string selector = "") =>
        OnceAsync(new Uri(simulator.TokenEndpoint + Query + selector), ("Metadata", "true"));

    /// <summary>The request that only NMI answers with 400.</summary>
    public static Task<Reply> FingerprintAsync(PodIdentitySimulator simulator) => OnceAsync(FingerprintOf(simulator));

    public static Uri FingerprintOf(PodIdentitySimulator simulator) => new(simulator.MetadataAddress, "host/token");

    /// <summary>Moves the clock from wait to wait until something is done, and tells how long that took by the clock.</summary>
    public static async Task<TimeSpan> RunUntilAsync(this ManualTimeProvider clock, Task done)
    {
        var start = clock.GetTimestamp();
        while (!done.IsCompleted)
        {
            var next = TimeSpan.Zero;
            var waiting = clock.WhenWaiting(wait =>
            {
                next = wait;
                return true;
            });
            await Task.WhenAny(done, waiting).OrHung();
            if (!done.IsCompleted)
            {
                clock.Advance(next);
            }
        }

        return clock.GetElapsedTime(start);
    }

    /// <summary>Completes when so many wait for so long.</summary>
    public static Task WhenWaiting(this ManualTimeProvider clock, TimeSpan wait, int count) =>
        clock.WhenWaiting(w => w == wait && --count == 0).OrHung();

    /// <summary>Turns a wait that would never end into a failure.</summary>
    public static Task OrHung(this Task task) =>
        task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
}
