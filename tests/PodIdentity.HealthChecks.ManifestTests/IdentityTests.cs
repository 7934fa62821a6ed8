using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>What must be the same in several places.</summary>
public sealed class IdentityTests
{
    private static readonly string[] ClientIdSettings = ["POD_IDENTITY_EXPECTED_CLIENT_ID", "PodIdentity__ExpectedClientId"];

    [Theory]
    [ClassData(typeof(Strategies))]
    public void The_label_of_the_pod_is_the_selector_of_the_binding(string strategy)
    {
        var labels = Overlay.Of(strategy).Deployment.Spec.Template.Metadata.Labels;
        var binding = Prerequisites.Spec("azureidentity.yaml", "AzureIdentityBinding");

        // A pod of workload identity has no business with NMI.
        Assert.Equal(Overlay.IsOfWorkloadIdentity(strategy) ? null : binding["selector"], labels.GetValueOrDefault("aadpodidbinding"));
        Assert.Equal(Prerequisites.Metadata("azureidentity.yaml", "AzureIdentity").Name, binding["azureIdentity"]);
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Whom_a_token_must_be_for_is_said_once_and_is_the_identity_that_is_bound(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        var bound = Assert.IsType<string>(Prerequisites.Spec("azureidentity.yaml", "AzureIdentity")["clientID"]);
        var expected = overlay.Settings.Data.Where(s => ClientIdSettings.Contains(s.Key, StringComparer.Ordinal)).Select(s => s.Value).ToArray();

        Assert.True(Guid.TryParseExact(bound, "D", out _));
        Assert.Equal(strategy.StartsWith("nmi-", StringComparison.Ordinal) ? [] : [bound], expected);
        Assert.All(overlay.Pod.AllContainers, container => Assert.DoesNotContain(container.Env, v => ClientIdSettings.Contains(v.Name, StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("workload-identity-in-code")]
    [InlineData("workload-identity-init-container")]
    [InlineData("workload-identity-sidecar")]
    public void A_pod_of_workload_identity_has_what_the_webhook_looks_for(string strategy)
    {
        var overlay = Overlay.Of(strategy);

        Assert.Equal("true", overlay.Deployment.Spec.Template.Metadata.Labels["azure.workload.identity/use"]);
        Assert.Equal(
            overlay.Settings.Data.Single(s => ClientIdSettings.Contains(s.Key, StringComparer.Ordinal)).Value,
            overlay.ServiceAccount.Metadata.Annotations["azure.workload.identity/client-id"]);
        Assert.Equal(overlay.ServiceAccount.Metadata.Name, overlay.Pod.ServiceAccountName);
    }

    [Fact]
    public void An_exception_says_its_namespace_and_the_labels_of_its_pods() => Assert.All(
        Prerequisites.Documents("azurepodidentityexception.yaml"),
        document =>
        {
            Assert.Equal("kube-system", Yaml.As<Deployment>(document).Metadata.Namespace);
            Assert.NotEmpty(Assert.IsType<Dictionary<object, object?>>(((Dictionary<object, object?>)document["spec"]!)["podLabels"]));
        });
}
