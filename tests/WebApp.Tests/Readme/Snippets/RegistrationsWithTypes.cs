using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme.Snippets;

public class RegistrationsWithTypes
{
    [Fact]
    public void Entra_must_answer()
    {
        var builder = Hosts.InAPod();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(options => options.RequiredResponder = PodIdentityResponder.Entra, tags: ["ready"]);

        Assert.Equal("pod_identity", Hosts.NamesOfValid(builder));
    }

    [Fact]
    public void Options_in_code_are_valid()
    {
        var builder = Hosts.InAPod();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(
                options =>
                {
                    options.ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff"; // exactly as in the AzureIdentity, including upper and lower case
                    options.Resource = "https://vault.azure.net";
                    options.RequiredResponder = PodIdentityResponder.Nmi;
                },
                tags: ["ready"])
            .AddNmiHealth(options => options.FailureGracePeriod = TimeSpan.FromSeconds(30), tags: ["ready"]);

        Assert.Equal("pod_identity nmi", Hosts.NamesOfValid(builder));
    }
}
