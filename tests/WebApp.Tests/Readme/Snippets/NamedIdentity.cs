using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme.Snippets;

public class NamedIdentity
{
    [Fact]
    public void The_line_below_the_registration_reaches_it()
    {
        var builder = Hosts.InAPod();
        builder.Services.AddHealthChecks().AddPodIdentity(options => options.RequiredResponder = PodIdentityResponder.Entra);

        builder.Services.Configure<PodIdentityHealthCheckOptions>(
            "pod_identity", options => options.ExpectedClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff");

        var options = Hosts.OptionsOf<PodIdentityHealthCheckOptions>(builder, "pod_identity");
        Assert.Equal((PodIdentityResponder.Entra, "6f9619ff-8b86-d011-b42d-00c04fc964ff"), (options.RequiredResponder, options.ExpectedClientId));
    }
}
