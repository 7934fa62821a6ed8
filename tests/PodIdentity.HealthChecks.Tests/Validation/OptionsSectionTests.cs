using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Tests.Support;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.Tests.Validation;

/// <summary>Options from a section of the configuration: all of them can be set there, and nothing else can.</summary>
public sealed class OptionsSectionTests
{
    private const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    [Fact]
    public void Every_option_of_the_identity_check_can_be_set() => AssertComplete(Settings.PodIdentity);

    [Fact]
    public void Every_option_of_the_NMI_check_can_be_set() => AssertComplete(Settings.Nmi);

    [Theory]
    [InlineData("PodIdentity", typeof(PodIdentityHealthCheckOptions))]
    [InlineData("Nmi", typeof(NmiHealthCheckOptions))]
    public void The_schema_for_editors_has_every_option_with_its_type_and_default(string section, Type options)
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(
            Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks", "ConfigurationSchema.json")));
        var properties = schema.RootElement.GetProperty("properties").GetProperty(section).GetProperty("properties");
        var defaults = Activator.CreateInstance(options);

        Assert.Equal(
            options.GetProperties().Select(p => p.Name).Order(StringComparer.Ordinal),
            properties.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.All(options.GetProperties(), option =>
        {
            var property = properties.GetProperty(option.Name);
            var type = Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType;
            Assert.Equal(type == typeof(bool) ? "boolean" : type == typeof(int) ? "integer" : "string", property.GetProperty("type").GetString());
            var value = string.Create(CultureInfo.InvariantCulture, $"{option.GetValue(defaults)}");
            if (property.TryGetProperty("default", out var told))
            {
                Assert.Equal(value, told.ToString());
            }
            else if (type == typeof(TimeSpan))
            {
                Assert.Contains($"Default: {value}", property.GetProperty("description").GetString(), StringComparison.Ordinal);
            }
            else
            {
                Assert.Empty(value);
            }
        });
        if (options.GetProperty("RequiredResponder") is not null)
        {
            Assert.Equal(
                Enum.GetNames<PodIdentityResponder>().Skip(1),
                properties.GetProperty("RequiredResponder").GetProperty("enum").EnumerateArray().Select(e => e.GetString()!),
                StringComparer.Ordinal);
        }
    }

    [Theory]
    [InlineData("PodIdentity:ClientIdd", Id, "Health check 'pod_identity': PodIdentity:ClientIdd is not an option (did you mean ClientId?). Example: PodIdentity:ClientId = \"6f9619ff-8b86-d011-b42d-00c04fc964ff\"")]
    [InlineData("PodIdentity:RequireResponder", "Nmi", "did you mean RequiredResponder?")]
    [InlineData("PodIdentity:GracePeriod", "00:01:00", "did you mean FailureGracePeriod?")]
    [InlineData("PodIdentity:clientid:x", Id, "PodIdentity:clientid must be a single value, but there are keys below it. Example: PodIdentity:ClientId = ")]
    [InlineData("PodIdentity:AttemptTimeout", "8s", "PodIdentity:AttemptTimeout is '8s': it must be a time in the form hh:mm:ss (24 hours is 1.00:00:00). Example: \"00:00:03\"")]
    [InlineData("PodIdentity:AttemptTimeout", "00:05", "PodIdentity:AttemptTimeout is '00:05': it must be a time")]
    [InlineData("PodIdentity:FailureGracePeriod", "24:00:00", "PodIdentity:FailureGracePeriod is '24:00:00': it must be a time")]
    [InlineData("PodIdentity:Timeout", "00:00:05", "did you mean AttemptTimeout?")]
    [InlineData("PodIdentity:PodIdentityClientId", Id, "did you mean ClientId?")]
    [InlineData("PodIdentity:Tags", "ready", "PodIdentity:Tags is not an option (the options: ClientId, ResourceId, ObjectId, ")]
    [InlineData("PodIdentity:FailureGracePeriod", "1", "PodIdentity:FailureGracePeriod is '1': it must be a time in the form hh:mm:ss")]
    [InlineData("PodIdentity:RequiredResponder", "Nmii", "PodIdentity:RequiredResponder is 'Nmii': it must be one of Nmi, ")]
    [InlineData("PodIdentity:RequiredResponder", "1", "PodIdentity:RequiredResponder is '1'")]
    [InlineData("PodIdentity:RequiredResponder", "Unknown", "RequiredResponder is 'Unknown'")]
    [InlineData("PodIdentity:BypassTokenCache", "yes", "PodIdentity:BypassTokenCache is 'yes': it must be true or false. Example: \"true\"")]
    [InlineData("PodIdentity:TokenEndpoint", "somewhere", "TokenEndpoint is 'somewhere': it must be an absolute http or https address")]
    [InlineData("PodIdentity:ClientId", "mine", "ClientId is 'mine': it must be a GUID")]
    [InlineData("PodIdentity", "true", "PodIdentity is 'true': it must be a section")]
    [InlineData("Nmi:Port", "http", "Health check 'nmi': Nmi:Port is 'http': it must be a whole number. Example: \"8085\"")]
    [InlineData("Nmi:HostIP2", "10.0.0.1", "did you mean HostIp?")]
    public async Task A_wrong_key_or_value_ends_the_start(string key, string value, string message)
    {
        var failure = await StartAndFailAsync((key, value));

        Assert.Contains(message, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.00:00:00", 86400)]
    [InlineData("00:00:05.5", 5.5)]
    [InlineData(" 00:00:05\n", 5)] // as from a file
    public void A_time_is_read_as_it_is_meant(string text, double seconds)
    {
        var options = new PodIdentityHealthCheckOptions();

        Assert.True(Settings.PodIdentity.Single(s => s.Key is "FailureGracePeriod").TrySet(options, text));
        Assert.Equal(seconds, options.FailureGracePeriod.TotalSeconds);
    }

    [Fact]
    public async Task All_mistakes_are_told_at_once_beside_those_of_the_other_rules()
    {
        var failure = await StartAndFailAsync(("PodIdentity:ClientIdd", Id), ("PodIdentity:AttemptTimeout", "8s"), ("PodIdentity:Resource", "vault"));

        Assert.All(["ClientIdd", "'8s'", "Resource is 'vault'"], part => Assert.Contains(part, failure, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("PodIdentity:TokenEndpoint", "http://me:hunter2@host:port/token")]
    [InlineData("PodIdentity:Password", "hunter2")]
    public async Task What_may_be_secret_is_not_repeated(string key, string value)
    {
        Assert.DoesNotContain("hunter2", await StartAndFailAsync((key, value)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_section_leaves_the_defaults_and_the_log_names_it()
    {
        using var log = new CollectedLog();
        using var host = Build(log);

        await host.StartAsync(TestContext.Current.CancellationToken);

        var options = host.Services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity");
        Assert.Equal("https://management.azure.com/", options.Resource);
        Assert.Contains(log.Lines, m => m.Text.Contains("pod_identity uses its default options: the configuration section 'PodIdentity'", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, m => m.Text.Contains("nmi uses its default options", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Code_has_the_last_word_over_the_section()
    {
        using var host = Build(log: null, ("PodIdentity:Resource", "https://storage.azure.com"), ("PodIdentity:clientid", Id));

        await host.StartAsync(TestContext.Current.CancellationToken);

        var options = host.Services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity");
        Assert.Equal(("https://vault.azure.net", Id), (options.Resource, options.ClientId));
    }

    /// <summary>Each public option has a setting, whose example is read and changes it.</summary>
    private static void AssertComplete<TOptions>(IReadOnlyList<Setting<TOptions>> settings)
        where TOptions : new()
    {
        Assert.Equal(
            typeof(TOptions).GetProperties().Select(p => p.Name).Order(StringComparer.Ordinal),
            settings.Select(s => s.Key).Order(StringComparer.Ordinal));
        Assert.All(settings, setting =>
        {
            var options = new TOptions();
            var option = typeof(TOptions).GetProperty(setting.Key)!;
            option.SetValue(options, null);

            Assert.True(setting.TrySet(options, setting.Example));
            var type = Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType;
            var expected = type == typeof(Uri) ? new Uri(setting.Example)
                : System.ComponentModel.TypeDescriptor.GetConverter(type).ConvertFromInvariantString(setting.Example);
            Assert.Equal(expected, option.GetValue(options));
        });
    }

    private static async Task<string> StartAndFailAsync(params (string Key, string? Value)[] settings)
    {
        using var host = Build(log: null, settings);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestContext.Current.CancellationToken));
        IEnumerable<Exception> failures = failure is AggregateException all ? all.InnerExceptions : [failure];
        return string.Join('\n', failures.Select(f => Assert.IsType<OptionsValidationException>(f).Message));
    }

    private static IHost Build(ILoggerProvider? log, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal));
        builder.Configuration["Nmi:MetadataAddress"] = "http://127.0.0.1:9/";
        builder.Configuration["HOST_IP"] = "127.0.0.1";
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        builder.Services.AddHealthChecks()
            .AddPodIdentity(
                builder.Configuration.GetSection("PodIdentity"),
                o => o.Resource = settings.Any(s => s.Key is "PodIdentity:clientid") ? "https://vault.azure.net" : o.Resource)
            .AddNmiHealth(builder.Configuration.GetSection("Nmi"));
        return builder.Build();
    }
}
