using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace WebApp.Tests.Readme.Snippets;

public class MockedCredential
{
    [Fact]
    public async Task Readiness_fails_while_the_credential_fails()
    {
        var credential = Substitute.For<TokenCredential>();
        credential.GetTokenAsync(Arg.Any<TokenRequestContext>(), Arg.Any<CancellationToken>())
            .ThrowsAsync(new CredentialUnavailableException("No identity."));
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddPodIdentity(_ => credential);

        await using var provider = services.BuildServiceProvider();
        Assert.Equal("pod_identity:CredentialFailed", await Hosts.VerdictsOf(provider));
    }
}
