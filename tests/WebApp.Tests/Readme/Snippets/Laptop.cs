using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace WebApp.Tests.Readme.Snippets;

public class Laptop(NodeOfThisProcess node)
{
    [Fact]
    public async Task In_Development_the_checks_ask_a_simulated_node()
    {
        await node.RepairAsync();
        var builder = Hosts.OnALaptop();

        if (builder.Environment.IsDevelopment())
        {
            builder.AddPodIdentitySimulator();
        }

        builder.Services.AddHealthChecks().AddPodIdentity().AddNmiHealth();
        await using var app = builder.Build();
        Assert.Equal("pod_identity:Healthy nmi:Healthy", await Hosts.VerdictsOf(app.Services));
    }
}
