using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace PodIdentity.HealthChecks.Tests.Validation;

/// <summary>Wrong options fail at start, with the option's name, its value and an example that works.</summary>
public sealed class OptionsValidationTests
{
    private const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    public static TheoryData<string, Action<PodIdentityHealthCheckOptions>, string[]> WrongIdentityOptions => new()
    {
        { "two selectors", o => (o.ClientId, o.ObjectId) = (Id, Id), [$"ObjectId is '{Id}': ClientId already names the identity", "use ExpectedObjectId. Example: \""] },
        { "two other selectors", o => (o.ResourceId, o.ObjectId) = ("/subscriptions/x", Id), ["ObjectId is '", "ResourceId already names the identity"] },
        {
            "three selectors",
            o => (o.ClientId, o.ObjectId, o.ResourceId) = (Id, Id, "/subscriptions/x"),
            ["ObjectId is '", "ResourceId is '/subscriptions/x': ClientId already names the identity", "use ExpectedResourceId. Example: \""]
        },
        { "an empty resource", o => o.Resource = "", ["Resource is ''", "https://management.azure.com/"] },
        { "no resource", o => o.Resource = null!, ["Resource is not set", "https://management.azure.com/"] },
        { "a relative resource", o => o.Resource = "management.azure.com", ["Resource is 'management.azure.com'", "absolute URI"] },
        { "a path as resource", o => o.Resource = "/some/path", ["Resource is '/some/path'", "absolute URI"] },
        { "a scope as resource", o => o.Resource = "https://vault.azure.net/.default", ["not a scope", "leave out /.default"] },
        { "a resource with a line break", o => o.Resource = "https://vault.azure.net\r\nX: y", ["white space", "https://vault.azure.net X: y"] },
        { "an endpoint that is a file", o => o.TokenEndpoint = new Uri("file:///token"), ["TokenEndpoint is 'file:///token'", "http or https"] },
        { "an endpoint that is ftp", o => o.TokenEndpoint = new Uri("ftp://169.254.169.254/x"), ["TokenEndpoint", "http or https"] },
        { "a relative endpoint", o => o.TokenEndpoint = new Uri("/metadata", UriKind.Relative), ["TokenEndpoint is '/metadata'", "http or https"] },
        { "an endpoint without a path", o => o.TokenEndpoint = new Uri("http://169.254.169.254/"), ["whole endpoint", "/metadata/identity/oauth2/token"] },
        { "an endpoint that names a resource", o => o.TokenEndpoint = new Uri("http://h/t?Resource=x"), ["'resource'", "use Resource, ClientId"] },
        { "an endpoint with an escaped selector", o => o.TokenEndpoint = new Uri("http://h/t?client%5Fid=x"), ["'client_id'"] },
        { "an NMI endpoint that is not http", o => o.NmiHealthEndpoint = new Uri("tcp://node:8085"), ["NmiHealthEndpoint", "http or https"] },
        { "a client ID that is no GUID", o => o.ClientId = "my-identity", ["ClientId is 'my-identity'", "GUID"] },
        { "an empty client ID", o => o.ClientId = "", ["ClientId is ''", "GUID"] },
        { "an object ID that is no GUID", o => o.ObjectId = "x", ["ObjectId is 'x'", "GUID"] },
        { "a resource ID that is none", o => o.ResourceId = "my-identity", ["ResourceId is 'my-identity'", "/subscriptions/"] },
        { "an expected client ID that is no GUID", o => o.ExpectedClientId = "x", ["ExpectedClientId is 'x'"] },
        { "an expected object ID that is no GUID", o => o.ExpectedObjectId = "x", ["ExpectedObjectId is 'x'"] },
        { "a client ID of zeros", o => o.ClientId = "00000000-0000-0000-0000-000000000000", ["ClientId is '00000000-", "not all zeros"] },
        {
            "another client ID expected than asked for",
            o => (o.ClientId, o.ExpectedClientId) = (Id, Id.Replace('6', '7')),
            [$"ExpectedClientId is '{Id.Replace('6', '7')}': the check requests a token for '{Id}'", "leave this option out"]
        },
        { "another object ID expected than asked for", o => (o.ObjectId, o.ExpectedObjectId) = (Id, Id.Replace('6', '7')), ["ExpectedObjectId is '"] },
        { "another resource expected than asked for", o => (o.ResourceId, o.ExpectedResourceId) = ("/subscriptions/x", "/subscriptions/y"), ["ExpectedResourceId is '"] },
        { "an expected tenant that is no GUID", o => o.ExpectedTenantId = "contoso", ["ExpectedTenantId is 'contoso'"] },
        { "an expected resource ID that is none", o => o.ExpectedResourceId = "x", ["ExpectedResourceId is 'x'"] },
        { "a responder that is none", o => o.RequiredResponder = (PodIdentityResponder)99, ["RequiredResponder is '99'", "Nmi"] },
        {
            "a resource ID for Entra",
            o => (o.RequiredResponder, o.ResourceId) = (PodIdentityResponder.Entra, "/subscriptions/x"),
            ["ResourceId is '/subscriptions/x': workload identity knows an identity by its client ID only", "use ExpectedResourceId. Example: \""]
        },
        {
            "an object ID for a binding's proxy",
            o => (o.RequiredResponder, o.ObjectId) = (PodIdentityResponder.IdentityBindingProxy, Id),
            ["ObjectId is '", "use ExpectedObjectId. Example: \""]
        },
        {
            "a cached token, and a responder",
            o => (o.BypassTokenCache, o.RequiredResponder) = (false, PodIdentityResponder.Nmi),
            ["BypassTokenCache is 'False'", "a cached token has no responder", "Example: .AddPodIdentity(o => o.BypassTokenCache = true)"]
        },
        { "an unknown responder", o => o.RequiredResponder = PodIdentityResponder.Unknown, ["RequiredResponder is 'Unknown'"] },
        { "no time for an attempt", o => o.AttemptTimeout = TimeSpan.Zero, ["AttemptTimeout is '0 s': it must be between 100 ms and 5 min. Example: \"00:00:03\""] },
        { "a negative time", o => o.AttemptTimeout = TimeSpan.FromSeconds(-1), ["AttemptTimeout is '-1 s'"] },
        { "an absurd time", o => o.AttemptTimeout = TimeSpan.MaxValue, ["AttemptTimeout is '256204778 h 48 min'"] },
        { "an infinite time", o => o.AttemptTimeout = Timeout.InfiniteTimeSpan, ["AttemptTimeout is '-1 ms'"] },
        { "a negative lifetime", o => o.ResultLifetime = TimeSpan.FromTicks(-1), ["ResultLifetime is '-0.0001 ms': it must be between 0 s and 1 h"] },
        { "an absurd lifetime", o => o.FailureLifetime = TimeSpan.FromDays(2), ["FailureLifetime is '48 h'"] },
        { "a negative grace period", o => o.FailureGracePeriod = TimeSpan.FromSeconds(-1), ["FailureGracePeriod"] },
        { "an absurd token lifetime", o => o.MinimumTokenLifetime = TimeSpan.FromMinutes(1441), ["MinimumTokenLifetime is '24 h 1 min'", "between 0 s and 24 h"] },
    };

    public static TheoryData<string, Action<NmiHealthCheckOptions>, string[]> WrongNmiOptions => new()
    {
        { "a URL as host", o => o.HostIp = "http://10.240.0.4", ["HostIp is 'http://10.240.0.4'", "10.240.0.4"] },
        { "a host with a port", o => o.HostIp = "10.240.0.4:8085", ["HostIp is '10.240.0.4:8085'", "without a scheme or port"] },
        { "a template that was not filled in", o => o.HostIp = "$(HOST_IP)", ["HostIp is '$(HOST_IP)'"] },
        { "three quarters of an address", o => o.HostIp = "1.2.3", ["HostIp is '1.2.3'", "10.240.0.4"] },
        { "more than an address", o => o.HostIp = "999.1.1.1", ["HostIp is '999.1.1.1'"] },
        { "nobody's address", o => o.HostIp = "0.0.0.0", ["HostIp is '0.0.0.0'"] },
        { "a number as host", o => o.HostIp = "8085", ["HostIp is '8085'"] },
        { "port 0", o => (o.HostIp, o.Port) = ("10.0.0.1", 0), ["Port is '0'", "8085"] },
        { "port 65536", o => (o.HostIp, o.Port) = ("10.0.0.1", 65536), ["Port is '65536'"] },
        { "a relative path", o => (o.HostIp, o.Path) = ("10.0.0.1", "healthz"), ["Path is 'healthz'", "/healthz"] },
        { "no path", o => (o.HostIp, o.Path) = ("10.0.0.1", null!), ["Path is not set"] },
        { "an endpoint that is not http", o => o.Endpoint = new Uri("tcp://node:8085"), ["Endpoint is 'tcp://node:8085'"] },
        {
            "a host beside the whole endpoint",
            o => (o.HostIp, o.Endpoint) = ("10.0.0.1", new Uri("http://10.0.0.2:8085/healthz")),
            ["HostIp is '10.0.0.1': Endpoint is also set", "Example: Endpoint = \"http://"]
        },
        { "a metadata address that is not http", o => (o.HostIp, o.MetadataAddress) = ("10.0.0.1", new Uri("file:///x")), ["MetadataAddress"] },
        { "no time", o => (o.HostIp, o.AttemptTimeout) = ("10.0.0.1", TimeSpan.Zero), ["AttemptTimeout"] },
    };

    [Theory]
    [MemberData(nameof(WrongIdentityOptions))]
    public async Task The_host_does_not_start_with_wrong_options_of_the_identity_check(
        string mistake, Action<PodIdentityHealthCheckOptions> make, string[] told)
    {
        var message = await StartAndFailAsync(checks => checks.AddPodIdentity(make, name: "mine"));

        Assert.All(told, t => Assert.Contains(t, message, StringComparison.Ordinal));
        Assert.Contains("'mine'", message, StringComparison.Ordinal);
        Assert.True(message.Contains("Example: ", StringComparison.Ordinal), mistake);
    }

    [Theory]
    [MemberData(nameof(WrongNmiOptions))]
    public async Task The_host_does_not_start_with_wrong_options_of_the_NMI_check(string mistake, Action<NmiHealthCheckOptions> make, string[] told)
    {
        var message = await StartAndFailAsync(checks => checks.AddNmiHealth(make));

        Assert.All(told, t => Assert.Contains(t, message, StringComparison.Ordinal));
        Assert.True(message.Contains("Example: ", StringComparison.Ordinal), mistake);
    }

    public static TheoryData<string> OtherFormsOfAGuid =>
    [
        $"{{{Id}}}", $"({Id})", $" {Id}", $"{Id} ", $"{Id}\n", Id.Replace("-", "", StringComparison.Ordinal), $"+{Id[1..]}", $"0x{Id[2..]}", $"urn:uuid:{Id}",
    ];

    [Theory]
    [MemberData(nameof(OtherFormsOfAGuid))]
    public async Task An_id_that_is_not_36_characters_with_dashes_is_refused_with_its_value_in_quotes(string id)
    {
        var message = await StartAndFailAsync(checks => checks
            .AddPodIdentity(o => o.ClientId = id, "client").AddPodIdentity(o => o.ObjectId = id, "object")
            .AddPodIdentity(o => (o.ExpectedClientId, o.ExpectedObjectId, o.ExpectedTenantId) = (id, id, id), "expected"));

        Assert.All(["ClientId", "ObjectId", "ExpectedClientId", "ExpectedObjectId", "ExpectedTenantId"], option => Assert.Contains(
            $": {option} is '{id.Replace('\n', ' ')}': it must be a GUID of 36 characters", message, StringComparison.Ordinal));
    }

    [Fact]
    public void An_id_in_capitals_is_one()
    {
        using var services = Build(checks => checks.AddPodIdentity(o => o.ClientId = Id.ToUpperInvariant()));

        services.GetRequiredService<IStartupValidator>().Validate();
    }

    [Fact]
    public async Task A_required_responder_and_a_token_endpoint_are_refused_beside_a_credential_factory()
    {
        static void Make(PodIdentityHealthCheckOptions o) =>
            (o.RequiredResponder, o.TokenEndpoint) = (PodIdentityResponder.Nmi, new Uri("http://10.0.0.1/metadata/identity/oauth2/token"));

        var message = await StartAndFailAsync(checks => checks.AddPodIdentity(_ => Substitute.For<TokenCredential>(), Make, name: "mine"));

        Assert.Contains("'mine': RequiredResponder is 'Nmi': it cannot be combined with a credential factory", message, StringComparison.Ordinal);
        Assert.Contains(
            "'mine': TokenEndpoint is 'http://10.0.0.1/metadata/identity/oauth2/token': it cannot be combined with a credential factory",
            message,
            StringComparison.Ordinal);

        using var services = Build(checks => checks.AddPodIdentity(Make));
        services.GetRequiredService<IStartupValidator>().Validate();
    }

    [Theory]
    [InlineData(4, "timeout is '4 s': it must be longer than 4 s (AttemptTimeout + 1 s), or the framework gives up before the reason is known. Example: timeout: TimeSpan.FromSeconds(5)")]
    [InlineData(4.001, null)]
    [InlineData(10, null)]
    [InlineData(-0.001, null)] // infinite
    public async Task A_timeout_that_may_come_before_the_checks_own_deadline_is_refused(double seconds, string? told)
    {
        var timeout = TimeSpan.FromSeconds(seconds);
        foreach (var add in new Action<IHealthChecksBuilder>[]
        {
            checks => checks.AddPodIdentity(timeout: timeout),
            checks => checks.AddPodIdentity(_ => Substitute.For<TokenCredential>(), timeout: timeout),
            checks => checks.AddNmiHealth(o => o.HostIp = "10.0.0.1", timeout: timeout),
        })
        {
            if (told is not null)
            {
                Assert.EndsWith(told, await StartAndFailAsync(add), StringComparison.Ordinal);
                continue;
            }

            using var services = Build(add);
            services.GetRequiredService<IStartupValidator>().Validate();
        }
    }

    [Fact]
    public async Task A_timeout_beside_an_absurd_AttemptTimeout_is_no_second_mistake()
    {
        var message = await StartAndFailAsync(checks => checks.AddPodIdentity(o => o.AttemptTimeout = TimeSpan.MaxValue, timeout: TimeSpan.FromSeconds(1)));

        Assert.DoesNotContain("timeout is", message, StringComparison.Ordinal);
    }

    [Fact]
    public void HOST_IP_of_the_environment_beside_an_endpoint_is_no_mistake()
    {
        using var services = Build(checks => checks.AddNmiHealth(o => o.Endpoint = new Uri("http://10.0.0.2:8085/healthz")), ("HOST_IP", "10.0.0.1"));

        services.GetRequiredService<IStartupValidator>().Validate();
    }

    public static TheoryData<string, Action<IHealthChecksBuilder>, string?> WhereNmiIsAsked => new()
    {
        { "port and path of the NMI check", c => c.AddPodIdentity().AddNmiHealth(o => (o.Port, o.Path) = (9090, "/alive")), "http://10.240.0.4:9090/alive" },
        { "the NMI check first", c => c.AddNmiHealth(o => o.Port = 9090).AddPodIdentity(), "http://10.240.0.4:9090/healthz" },
        { "its name does not matter", c => c.AddPodIdentity().AddNmiHealth(o => o.HostIp = "10.0.0.9", "mine"), "http://10.0.0.9:8085/healthz" },
        { "its whole endpoint", c => c.AddPodIdentity().AddNmiHealth(o => o.Endpoint = new Uri("https://nmi/h")), "https://nmi/h" },
        { "an endpoint of its own wins", c => c.AddPodIdentity(o => o.NmiHealthEndpoint = new Uri("http://own/")).AddNmiHealth(o => o.Port = 9090), "http://own/" },
        { "no NMI check", c => c.AddPodIdentity(), "http://10.240.0.4:8085/healthz" },
        { "two of them", c => c.AddPodIdentity().AddNmiHealth(o => o.Port = 9090).AddNmiHealth(o => o.Port = 9091, "other"), "http://10.240.0.4:8085/healthz" },
    };

    [Theory]
    [MemberData(nameof(WhereNmiIsAsked))]
    public void The_identity_check_asks_NMI_where_the_one_NMI_check_does(string which, Action<IHealthChecksBuilder> add, string? endpoint)
    {
        using var services = Build(add, ("HOST_IP", "10.240.0.4"));

        var options = services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity");

        Assert.True(string.Equals(options.NmiHealthEndpoint?.AbsoluteUri, endpoint, StringComparison.Ordinal), $"{which}: {options.NmiHealthEndpoint}");
    }

    [Fact]
    public async Task A_mistake_of_the_NMI_check_is_told_once_beside_an_identity_check()
    {
        var host = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        host.Services.AddHealthChecks().AddPodIdentity().AddNmiHealth(o => (o.HostIp, o.Port) = ("10.0.0.1", 0));
        using var built = host.Build();

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => built.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith("Health check 'nmi': Port is '0'", Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_are_configured_without_the_registrations_name_do_not_reach_it()
    {
        using var services = Build(checks => checks.AddPodIdentity().Services
            .Configure<PodIdentityHealthCheckOptions>(o => o.Resource = "https://vault.azure.net")
            .Configure<PodIdentityHealthCheckOptions>("pod_identity", o => o.ClientId = Id));

        var options = services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity");

        Assert.Equal(("https://management.azure.com/", Id), (options.Resource, options.ClientId));
    }

    [Fact]
    public async Task Without_HOST_IP_the_message_shows_the_four_lines_to_paste_and_the_way_out_for_a_developer()
    {
        var message = await StartAndFailAsync(checks => checks.AddNmiHealth());

        Assert.Contains(
            """
            - name: HOST_IP
              valueFrom:
                fieldRef: {fieldPath: status.hostIP}
            """,
            message,
            StringComparison.Ordinal);
        Assert.Contains("on a developer's machine, call builder.AddPodIdentitySimulator()", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_mistakes_are_told_at_once()
    {
        var message = await StartAndFailAsync(checks => checks
            .AddPodIdentity(o => (o.Resource, o.AttemptTimeout) = ("", TimeSpan.Zero)));

        Assert.Contains("Resource", message, StringComparison.Ordinal);
        Assert.Contains("AttemptTimeout", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://me:hunter2@host/token", "password")]
    [InlineData("http://me:hunter2@host/", "whole endpoint")]
    [InlineData("ftp://me:hunter2@host/token", "http or https")]
    [InlineData("http://host/token?resource=hunter2", "'resource'")]
    public async Task A_password_in_an_endpoint_is_refused_and_not_repeated(string endpoint, string problem)
    {
        var message = await StartAndFailAsync(checks => checks.AddPodIdentity(o => o.TokenEndpoint = new Uri(endpoint)));

        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_http_is_complained_of_once()
    {
        var message = await StartAndFailAsync(checks => checks.AddPodIdentity(o => o.TokenEndpoint = new Uri("ftp://169.254.169.254")));

        Assert.Single(message.Split("TokenEndpoint is ").Skip(1));
    }

    [Theory]
    [InlineData("10.240.0.4", "http://10.240.0.4:8085/healthz")]
    [InlineData("fd00::4", "http://[fd00::4]:8085/healthz")]
    public void HOST_IP_is_taken_from_the_configuration_for_both_checks(string host, string endpoint)
    {
        using var services = Build(checks => checks.AddPodIdentity().AddNmiHealth(), ("HOST_IP", host));

        Assert.Equal(host, services.GetRequiredService<IOptionsMonitor<NmiHealthCheckOptions>>().Get("nmi").HostIp);
        Assert.Equal(
            endpoint, services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity").NmiHealthEndpoint!.AbsoluteUri);
    }

    [Fact]
    public void HOST_IP_is_no_option_of_the_identity_check_and_may_be_missing()
    {
        using var services = Build(checks => checks.AddPodIdentity());

        Assert.Null(services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity").NmiHealthEndpoint);
    }

    [Fact]
    public void Options_bind_from_a_section_of_the_configuration()
    {
        using var services = Build(
            checks => checks.Services.AddOptions<PodIdentityHealthCheckOptions>("pod_identity").BindConfiguration("PodIdentity").Services
                .AddHealthChecks().AddPodIdentity(o => o.Resource = "https://vault.azure.net"),
            ("PodIdentity:ClientId", Id),
            ("PodIdentity:AttemptTimeout", "00:00:04"),
            ("PodIdentity:RequiredResponder", "nmi"),
            ("PodIdentity:TokenEndpoint", "http://10.0.0.1/metadata/identity/oauth2/token"),
            ("PodIdentity:BypassTokenCache", "true"));

        var options = services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity");

        Assert.Equal(Id, options.ClientId);
        Assert.Equal(TimeSpan.FromSeconds(4), options.AttemptTimeout);
        Assert.Equal(PodIdentityResponder.Nmi, options.RequiredResponder);
        Assert.Equal(new Uri("http://10.0.0.1/metadata/identity/oauth2/token"), options.TokenEndpoint);
        Assert.True(options.BypassTokenCache);
        Assert.Equal("https://vault.azure.net", options.Resource);
    }

    [Fact]
    public void Registrations_with_different_names_have_options_of_their_own()
    {
        using var services = Build(checks => checks
            .AddPodIdentity(o => o.Resource = "https://vault.azure.net", "vault")
            .AddPodIdentity(o => o.Resource = "https://storage.azure.com", "storage"));
        var options = services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>();

        Assert.Equal(("https://vault.azure.net", "https://storage.azure.com"), (options.Get("vault").Resource, options.Get("storage").Resource));
    }

    [Fact]
    public void The_defaults_are_as_documented()
    {
        var identity = new PodIdentityHealthCheckOptions();
        var nmi = new NmiHealthCheckOptions();

        Assert.Equal("https://management.azure.com/", identity.Resource);
        Assert.Equal(TimeSpan.FromSeconds(3), identity.AttemptTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), identity.ResultLifetime);
        Assert.Equal(TimeSpan.FromSeconds(2), identity.FailureLifetime);
        Assert.Equal(TimeSpan.Zero, identity.FailureGracePeriod);
        Assert.Equal(TimeSpan.FromMinutes(5), identity.MinimumTokenLifetime);
        Assert.Null(identity.BypassTokenCache);
        Assert.Equal((8085, "/healthz", true, true), (nmi.Port, nmi.Path, nmi.RequireActive, nmi.VerifyInterception));
        Assert.Equal(new Uri("http://169.254.169.254/"), nmi.MetadataAddress);
    }

    private static async Task<string> StartAndFailAsync(Action<IHealthChecksBuilder> add)
    {
        var host = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        add(host.Services.AddHealthChecks());
        using var built = host.Build();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => built.StartAsync(TestContext.Current.CancellationToken));
        IEnumerable<Exception> failures = failure is AggregateException all ? all.InnerExceptions : [failure];
        return string.Join('\n', failures.Select(f => Assert.IsType<OptionsValidationException>(f).Message));
    }

    private static ServiceProvider Build(Action<IHealthChecksBuilder> add, params (string Key, string? Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal)).Build());
        add(services.AddHealthChecks());
        return services.BuildServiceProvider();
    }
}
