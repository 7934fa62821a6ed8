using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace WebApp.Tests.Readme.Snippets;

public class OwnCredential
{
    [Fact]
    public void The_applications_own_credential_is_checked()
    {
        var builder = Hosts.InAPod();

        builder.Services.AddSingleton<TokenCredential>(new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned));
        builder.Services.AddHealthChecks()
            .AddPodIdentity(services => services.GetRequiredService<TokenCredential>(), tags: ["ready"]);

        Assert.Equal("pod_identity", Hosts.NamesOfValid(builder));
    }
}
