using System.Text;
using System.Text.Json;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Support;

/// <summary>The exchanges that were recorded with the real NMI and the real workload identity proxy.</summary>
internal static class Recording
{
    private static readonly JsonElement[] Exchanges = Load();

    public static IEnumerable<string> Names => Exchanges.Select(e => e.GetProperty("name").GetString()!);

    public static bool IsTokenRequest(string name) =>
        Request(name).GetProperty("path").GetString()!.StartsWith(MetadataService.TokenPath, StringComparison.Ordinal);

    public static DateTimeOffset When { get; } = DateTimeOffset.FromUnixTimeSeconds(1795215700);

    /// <summary>What the library reads from the recorded answer, as it came or with another <c>Server</c> header.</summary>
    public static TokenExchange Read(string name, string? server = null)
    {
        var response = Find(name).GetProperty("response");
        var answer = new TokenAnswer(
            "http://169.254.169.254" + MetadataService.TokenPath,
            ToEntra: false,
            response.GetProperty("status").GetInt32(),
            server ?? Header(response, "Server"),
            Header(response, "Content-Type"));
        return TokenAnswerReader.Read(answer, Body(name), When);
    }

    public static PlainAnswer ReadPlain(string name)
    {
        var response = Find(name).GetProperty("response");
        return new PlainAnswer(
            "http://node" + Request(name).GetProperty("path").GetString(),
            TransportFailure.None,
            response.GetProperty("status").GetInt32(),
            Header(response, "Server"),
            SafeText.ForPeople(response.GetProperty("body").GetString()!));
    }

    /// <summary>The recorded answer's body.</summary>
    public static byte[] Body(string name) => Encoding.UTF8.GetBytes(Find(name).GetProperty("response").GetProperty("body").GetString()!);

    private static JsonElement Request(string name) => Find(name).GetProperty("request");

    private static JsonElement Find(string name) => Exchanges.Single(e => e.GetProperty("name").ValueEquals(name));

    private static string? Header(JsonElement response, string name) =>
        response.GetProperty("headers").TryGetProperty(name, out var value) ? value.GetString() : null;

    private static JsonElement[] Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "TestData", "nmi-wire.json")));
        return [.. document.RootElement.GetProperty("exchanges").EnumerateArray().Select(e => e.Clone())];
    }
}
