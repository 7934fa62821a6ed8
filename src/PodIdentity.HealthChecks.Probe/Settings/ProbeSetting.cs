using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using PodIdentity.HealthChecks.Probe.Listening;
using PodIdentity.HealthChecks.Tokens;
using static PodIdentity.HealthChecks.Probe.Settings.Mode;

namespace PodIdentity.HealthChecks.Probe.Settings;

internal delegate bool ValueParser<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>A setting, and how its value is read.</summary>
internal sealed record ProbeSetting<T>(
    string Name, string Placeholder, string Accepted, string Example, string Help, T Default, ValueParser<T> TryParse)
    : ProbeSetting(Name, Placeholder, Accepted, Example, Help)
{
    /// <summary>The same, except for what is given.</summary>
    public ProbeSetting<T> With(
        string? flag = null, string? variable = null, string? defaultText = null, string? example = null, Mode? usedBy = null) => this with
        {
            Flag = flag ?? Flag,
            Variable = variable ?? Variable,
            DefaultText = defaultText ?? DefaultText,
            Example = example ?? Example,
            UsedBy = usedBy ?? UsedBy,
        };

    public override bool Accepts(string text) => TryParse(text, out _);
}

/// <summary>A setting, by flag or else by variable. Validation, <c>--help</c> and the README's table say what is written here.</summary>
/// <param name="Name">The flag without its dashes.</param>
/// <param name="Placeholder">What <c>--help</c> shows in place of the value.</param>
/// <param name="Accepted">Which values are accepted, to follow "it must be".</param>
/// <param name="Example">A value that works: the default, if there is one.</param>
/// <param name="Help">What it does.</param>
internal abstract record ProbeSetting(string Name, string Placeholder, string Accepted, string Example, string Help)
{
    public const string VariablePrefix = "POD_IDENTITY_";

    private const string OfSwitch = "true|false";

    /// <summary>Kubernetes sets variables such as NMI_PORT for a service of that name, so these two have longer names.</summary>
    private const string NmiProbe = "nmi-probe-";

    private const Mode Waiting = Wait | Exec;
    private const Mode Asking = Check | Waiting | Watch | Doctor;

    private const string DefaultEndpoint = "http://169.254.169.254" + MetadataService.TokenPath;

    public static readonly ProbeSetting<Uri?> TokenEndpoint = Address("token-endpoint", DefaultEndpoint, "the token endpoint; its query is kept")
        .With(variable: "POD_IDENTITY_URL");
    public static readonly ProbeSetting<string?> Resource =
        Text("resource", "URI", "an absolute URI", "what the token is for", "https://management.azure.com/")
        .With(variable: "POD_IDENTITY_ACCESS_URL");
    public static readonly ProbeSetting<string?> ClientId = Id("client-id", "the identity to request; set only one of `--client-id`, `--resource-id` and `--object-id`");
    public static readonly ProbeSetting<string?> ResourceId = ArmId("resource-id", "the same, by ARM resource ID");
    public static readonly ProbeSetting<string?> ObjectId = Id("object-id", "the same, by object ID; NMI ignores it");
    public static readonly ProbeSetting<string?> ExpectedClientId = Id("expected-client-id", "the identity that the token must be for")
        .With(defaultText: "that of `--client-id`");
    public static readonly ProbeSetting<string?> ExpectedObjectId = Id("expected-object-id", "the same, by object ID")
        .With(defaultText: "that of `--object-id`");
    public static readonly ProbeSetting<string?> ExpectedResourceId = ArmId("expected-resource-id", "the same, by ARM resource ID")
        .With(defaultText: "that of `--resource-id`");
    public static readonly ProbeSetting<string?> ExpectedTenantId = Id("expected-tenant-id", "the tenant that the token must be from")
        .With(defaultText: "any");
    public static readonly ProbeSetting<PodIdentityResponder?> RequiredResponder =
        Choice("required-responder", "NAME", "who must answer the token request", null, Responders)
        .With(defaultText: "any");
    public static readonly ProbeSetting<TimeSpan> MinimumTokenLifetime =
        Duration("minimum-token-lifetime", "5m", "0s", "24h", "a token that expires sooner makes the verdict Degraded (exit code 0)");
    public static readonly ProbeSetting<TimeSpan> AttemptTimeout = Duration("attempt-timeout", "3s", "100ms", "5m", "the time limit for one attempt")
        .With(defaultText: "`3s`; `120s` for a token from NMI or IMDS, except in `check`");

    public static readonly ProbeSetting<string?> HostIp =
        Text("host-ip", "IP", "an IP address or a host name", "the node's address, to check NMI's health; required for `nmi` and `all`")
        .With(variable: "HOST_IP", example: "10.240.0.4");
    public static readonly ProbeSetting<int> Port = Number(NmiProbe + "port", 8085, 1, 65535, "NMI's probe port");
    public static readonly ProbeSetting<string?> Path = Text(NmiProbe + "path", "PATH", "a path", "NMI's health path", "/healthz");
    public static readonly ProbeSetting<Uri?> NmiHealthEndpoint =
        Address("nmi-health-endpoint", "http://10.240.0.4:8085/healthz", "NMI's health endpoint, instead of the three above")
        .With(defaultText: "none");
    public static readonly ProbeSetting<bool> RequireActive = Switch("require-active", "NMI is healthy only if it says `Active`", true);
    public static readonly ProbeSetting<bool> VerifyInterception =
        Switch("verify-interception", "NMI is healthy only if it answers at the metadata address", true)
        .With(usedBy: Check | Waiting | Watch);

    public static readonly ProbeSetting<TimeSpan> RetryMin = Duration("retry-min", "3s", "0s", "1h", "the delay before the first retry; it doubles each time")
        .With(variable: "HTTP_RETRY_MIN_SECONDS", usedBy: Waiting);
    public static readonly ProbeSetting<TimeSpan> RetryMax = Duration("retry-max", "10s", "1ms", "1h", "the max delay, even if `Retry-After` asks for more")
        .With(variable: "HTTP_RETRY_MAX_SECONDS", usedBy: Waiting, defaultText: "`10s`, or `--retry-min` if longer");
    public static readonly ProbeSetting<int> RetryCount = Number("retry-count", 5, 0, 100_000, "how many retries follow the first attempt")
        .With(variable: "HTTP_RETRY_COUNT", usedBy: Waiting);
    public static readonly ProbeSetting<bool> OnTimeout =
        Choice("on-timeout", "fail|run", "if every attempt fails, give up (`fail`) or `run` the command anyway", false, ("fail", false), ("run", true))
        .With(usedBy: Exec);

    public static readonly ProbeSetting<TimeSpan> Interval =
        Duration("interval", "10s", "1s", "1h", "the time between two rounds, plus up to 20% (15 s at most)").With(usedBy: Watch);
    public static readonly ProbeSetting<TimeSpan> ResultLifetime =
        Duration("result-lifetime", "10s", "0s", "1h", "how long a good verdict on the token is reused, plus up to 20% (15 s at most)")
        .With(usedBy: Watch, defaultText: "`10s`; `5m` for Entra");
    public static readonly ProbeSetting<string?> StatusFile =
        Text("status-file", "FILE", "a path", "the file that `watch` writes and `status` reads")
        .With(example: "/shared/identity", usedBy: Watch | Status);
    public static readonly ProbeSetting<TimeSpan> FailingFor =
        Duration("failing-for", "0s", "0s", "24h", "how long a failure must last before `status`, or `/livez` of `watch`, fails")
        .With(example: "5m", usedBy: Watch | Status);
    public static readonly ProbeSetting<IPEndPoint?> Listen = new ProbeSetting<IPEndPoint?>(
        "listen", "[ADDRESS:]PORT", "a port, or an IP address and a port", "8090", "where to answer httpGet probes and Prometheus; a port alone means every address", null, ListenAddress.TryParse)
        .With(defaultText: "none", usedBy: Watch);
    public static readonly ProbeSetting<bool> AllIdentities =
        Switch("all-identities", "also request a token for `AZURE_CLIENT_ID`, one for `--expected-client-id` and, except with workload identity, one without naming an identity", false)
        .With(usedBy: Doctor);
    public static readonly ProbeSetting<bool> Output =
        Choice("output", "text|json", "`json`: one object per line", false, ("text", false), ("json", true))
        .With(usedBy: Asking | Status);

    /// <summary>The way out that needs no new image and no new arguments.</summary>
    public static readonly ProbeSetting<bool> Disabled =
        Switch("disabled", "`true` switches the probe off, even if other settings are wrong", false)
        .With(flag: string.Empty, usedBy: Check | Waiting | Watch | Status);

    public static readonly IReadOnlyList<ProbeSetting> All =
    [
        TokenEndpoint, Resource, ClientId, ResourceId, ObjectId, ExpectedClientId, ExpectedObjectId, ExpectedResourceId, ExpectedTenantId,
        RequiredResponder, MinimumTokenLifetime, AttemptTimeout, HostIp, Port, Path, NmiHealthEndpoint, RequireActive, VerifyInterception,
        RetryMin, RetryMax, RetryCount, OnTimeout, Interval, ResultLifetime, StatusFile, FailingFor, Listen, AllIdentities, Output, Disabled,
    ];

    /// <summary>Empty if there is only a variable.</summary>
    public string Flag { get; init; } = $"--{Name}";

    /// <summary>Whether the flag alone means <c>true</c>.</summary>
    public bool IsSwitch => Placeholder is OfSwitch;

    /// <summary>Whether a text is a value of it.</summary>
    public abstract bool Accepts(string text);

    /// <summary>What most variables are called.</summary>
    public string FlagAsVariable => VariablePrefix + Name.Replace('-', '_').ToUpperInvariant();

    public string Variable
    {
        get => field ?? FlagAsVariable;
        init;
    }

    /// <summary>The library's name for it, used by its messages and hints.</summary>
    public string Option => string.Concat(
        Name.Replace(NmiProbe, string.Empty, StringComparison.Ordinal).Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    public string DefaultText { get; init; } = Example.Length > 0 ? $"`{Example}`" : "none";

    /// <summary>The commands that use it.</summary>
    public Mode UsedBy { get; init; } = Asking;

    /// <summary>Their names.</summary>
    public string Users => string.Join(", ", Verb.All.Where(v => UsedBy.HasFlag(v.Mode)).Select(v => v.Name));

    /// <summary>What it does, and for whom where that is not said in it.</summary>
    public string Description => UsedBy is Waiting or Watch or Exec or Status or Doctor ? $"`{Users.Replace(", ", "`, `", StringComparison.Ordinal)}`: {Help}" : Help;

    private static (string, PodIdentityResponder?)[] Responders =>
    [
        ("Nmi", PodIdentityResponder.Nmi),
        ("WorkloadIdentityProxy", PodIdentityResponder.WorkloadIdentityProxy),
        ("Imds", PodIdentityResponder.Imds),
        ("Entra", PodIdentityResponder.Entra),
        ("IdentityBindingProxy", PodIdentityResponder.IdentityBindingProxy),
    ];

    private static ProbeSetting<string?> Id(string name, string help) => Text(name, "ID", "a GUID", help);

    private static ProbeSetting<string?> ArmId(string name, string help) => Text(name, "ID", "an ARM resource ID", help);

    /// <summary>Any text: the library knows what is wrong with it.</summary>
    private static ProbeSetting<string?> Text(string name, string placeholder, string accepted, string help, string? otherwise = null) =>
        new(name, placeholder, accepted, otherwise ?? string.Empty, help, otherwise, static (text, out value) => (value = text) is not null);

    /// <summary>Without TLS: neither the metadata service nor NMI has it.</summary>
    private static ProbeSetting<Uri?> Address(string name, string example, string help) =>
        new(name, "URL", "an absolute http address", example, help, null, static (text, out value) =>
            Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http");

    private static ProbeSetting<int> Number(string name, int otherwise, int min, int max, string help) =>
        new(name, "NUMBER", $"a number from {min} to {max}", $"{otherwise}", help, otherwise, (text, out value) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= min && value <= max);

    private static ProbeSetting<TimeSpan> Duration(string name, string otherwise, string min, string max, string help) =>
        new(name, "TIME", $"a duration from {min} to {max}", otherwise, help, GoDuration.Parse(otherwise), (text, out value) =>
            GoDuration.TryParse(text, out value) && value >= GoDuration.Parse(min) && value <= GoDuration.Parse(max));

    private static ProbeSetting<bool> Switch(string name, string help, bool otherwise) =>
        Choice(name, OfSwitch, help, otherwise, ("true", true), ("false", false), ("1", true), ("0", false)) with
        {
            Accepted = "true or false",
            DefaultText = otherwise ? "`true`" : "`false`",
        };

    private static ProbeSetting<T> Choice<T>(string name, string placeholder, string help, T otherwise, params (string Word, T Value)[] choices)
    {
        var words = Array.ConvertAll(choices, c => c.Word);
        return new(name, placeholder, $"{string.Join(", ", words[..^1])} or {words[^1]}", words[0], help, otherwise, (string text, [MaybeNullWhen(false)] out T value) =>
        {
            var index = Array.FindIndex(words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
            value = index < 0 ? default : choices[index].Value;
            return index >= 0;
        });
    }
}
