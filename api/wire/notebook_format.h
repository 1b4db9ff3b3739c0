#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoker::api {

/// PYTHON, SQL, SCALA, R: how a notebook of the language is written down as source.
struct NotebookLanguage {
    std::string_view name;
    std::string_view extension;  // with the dot
    std::string_view comment;    // what a line of it begins with
};
const NotebookLanguage* notebook_language(std::string_view name);
const NotebookLanguage* language_of_extension(std::string_view extension);

/// `# Databricks notebook source`
std::string source_header(const NotebookLanguage& language);
bool has_source_header(std::string_view content, const NotebookLanguage& language);

/// The language of an nbformat notebook, PYTHON when it names none; nullopt when the text is no notebook.
std::optional<std::string> jupyter_language(std::string_view content);

/// Cells as source with the header, markdown and cells that begin with % as MAGIC lines; outputs are left behind.
std::string jupyter_to_source(std::string_view content, const NotebookLanguage& language);
/// Source as nbformat 4.
std::string source_to_jupyter(std::string_view content, const NotebookLanguage& language);

}  // namespace stoker::api
