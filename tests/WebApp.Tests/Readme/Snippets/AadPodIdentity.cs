using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme.Snippets;

public class AadPodIdentity
{
    [Fact]
    public void Both_checks_need_no_address_in_a_pod()
    {
        var builder = Hosts.InAPod();

        builder.Services.AddHealthChecks()
            .AddPodIdentity(options => options.RequiredResponder = PodIdentityResponder.Nmi, tags: ["ready"])
            .AddNmiHealth(tags: ["ready"]);

        Assert.Equal("pod_identity nmi", Hosts.NamesOfValid(builder));
    }
}
