#pragma warning disable xUnit1051, MA0002 // as short as a reader's

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PodIdentity.HealthChecks.Testing;

namespace WebApp.Tests.Readme.Snippets;

public class Laptop
{
    [Fact]
    public async Task In_Development_the_checks_ask_a_simulated_node()
    {
        var builder = Hosts.OnALaptop();

        if (builder.Environment.IsDevelopment())
        {
            var node = await PodIdentitySimulator.StartAsync();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["PodIdentity:TokenEndpoint"] = $"{node.TokenEndpoint}",
                ["PodIdentity:RequiredResponder"] = "Nmi",
                ["Nmi:Endpoint"] = $"{node.NmiHealthEndpoint}",
                ["Nmi:MetadataAddress"] = $"{node.MetadataAddress}",
            });
        }

        builder.Services.AddHealthChecks()
            .AddPodIdentity(builder.Configuration.GetSection("PodIdentity"), tags: ["ready"])
            .AddNmiHealth(builder.Configuration.GetSection("Nmi"), tags: ["ready"]); // not with workload identity

        await using var app = builder.Build();
        Assert.Equal("pod_identity:Healthy nmi:Healthy", await Hosts.VerdictsOf(app.Services));
    }
}
