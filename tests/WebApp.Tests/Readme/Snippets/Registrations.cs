using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace WebApp.Tests.Readme.Snippets;

public class Registrations
{
    [Fact]
    public void Options_from_configuration_are_valid()
    {
        var builder = Hosts.InAPod();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(builder.Configuration.GetSection("PodIdentity"), tags: ["ready"])
            .AddNmiHealth(builder.Configuration.GetSection("Nmi"), tags: ["ready"]);

        Assert.Equal("pod_identity nmi", Hosts.NamesOfValid(builder));
    }

    [Fact]
    public void Two_identities_have_two_names()
    {
        var builder = Hosts.InAPod();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(options => options.ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff", name: "storage_identity", tags: ["ready"])
            .AddPodIdentity(options => options.ClientId = "0b5d4f3e-6d1a-4a52-9f3c-5c1f3a7e2b90", name: "vault_identity", tags: ["ready"]);

        Assert.Equal("storage_identity vault_identity", Hosts.NamesOfValid(builder));
    }

    [Fact]
    public void A_start_up_gate_selects_its_checks_by_tag()
    {
        var builder = Hosts.InAPod();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(tags: ["ready", "startup"])
            .AddStartupGate("startup");

        Assert.Equal("pod_identity", Hosts.NamesOfValid(builder));
    }
}
