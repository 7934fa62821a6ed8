using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>Reads the documents of a manifest.</summary>
internal static class Yaml
{
    private static readonly IDeserializer Plain = new DeserializerBuilder().WithDuplicateKeyChecking().Build();

    private static readonly IDeserializer Typed =
        new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build();

    private static readonly ISerializer Writer = new SerializerBuilder().Build();

    /// <summary>Each document as nested dictionaries, lists and strings.</summary>
    public static IReadOnlyList<Dictionary<object, object?>> Read(string text)
    {
        var documents = new List<Dictionary<object, object?>>();
        var parser = new Parser(new StringReader(text));
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            documents.Add(Plain.Deserialize<Dictionary<object, object?>>(parser));
        }

        return documents;
    }

    public static T As<T>(Dictionary<object, object?> document) => Typed.Deserialize<T>(Writer.Serialize(document));
}
