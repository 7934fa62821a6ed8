using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme;

/// <summary>The README's registrations, each in a host whose options are validated.</summary>
public class RegistrationSnippets
{
    [Fact]
    public void Options_in_code_are_valid()
    {
        var builder = Builder();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(
                options =>
                {
                    options.ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff"; // letter by letter as in the AzureIdentity
                    options.Resource = "https://vault.azure.net";
                    options.RequiredResponder = PodIdentityResponder.Nmi;
                },
                tags: ["ready"])
            .AddNmiHealth(options => options.FailureGracePeriod = TimeSpan.FromSeconds(30), tags: ["ready"]);

        Assert.Equal("pod_identity nmi", NamesOfValid(builder));
    }

    [Fact]
    public void Options_from_configuration_are_valid()
    {
        var builder = Builder();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(builder.Configuration.GetSection("PodIdentity"), tags: ["ready"])
            .AddNmiHealth(builder.Configuration.GetSection("Nmi"), tags: ["ready"]);

        Assert.Equal("pod_identity nmi", NamesOfValid(builder));
    }

    [Fact]
    public void Two_identities_have_two_names()
    {
        var builder = Builder();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(options => options.ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff", name: "storage_identity", tags: ["ready"])
            .AddPodIdentity(options => options.ClientId = "0b5d4f3e-6d1a-4a52-9f3c-5c1f3a7e2b90", name: "vault_identity", tags: ["ready"]);

        Assert.Equal("storage_identity vault_identity", NamesOfValid(builder));
    }

    [Fact]
    public void A_start_up_gate_selects_its_checks_by_tag()
    {
        var builder = Builder();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(tags: ["ready", "startup"])
            .AddStartupGate("startup");

        Assert.Equal("pod_identity", NamesOfValid(builder));
    }

    [Fact]
    public void The_applications_own_credential_is_checked()
    {
        var builder = Builder();

        builder.Services.AddSingleton<TokenCredential>(new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned));
        builder.Services.AddHealthChecks()
            .AddPodIdentity(services => services.GetRequiredService<TokenCredential>(), tags: ["ready"]);

        Assert.Equal("pod_identity", NamesOfValid(builder));
    }

    private static WebApplicationBuilder Builder()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["HOST_IP"] = "10.240.0.4";
        return builder;
    }

    private static string NamesOfValid(WebApplicationBuilder builder)
    {
        using var services = builder.Services.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
        return string.Join(' ', services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(r => r.Name));
    }
}
